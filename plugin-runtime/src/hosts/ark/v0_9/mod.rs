//! Ark 0.6 to 0.9: a process serves the plugin named by its file; requests do not name one.

pub(in crate::hosts) mod backup_item_action;
pub(in crate::hosts) mod block_store;
mod lister;
pub(in crate::hosts) mod object_store;
pub(in crate::hosts) mod restore_item_action;

use super::SERVICES;
use super::file_name::FileName;
use super::proto::v0_9::AppliesToResponse;
use crate::declare::registry::Registry;
use crate::hosts::services::undeclared_old_ark;
use crate::hosts::velero::call::Dispatcher;
use crate::types::ResourceSelector;
use go_plugin::grpc::Services;

/// Only the plugin named by the file, like a Go plugin for Ark 0.9.
pub(super) fn services(registry: &Registry, file: &FileName, dispatcher: &Dispatcher) -> Services {
    let lister = lister::service(file);
    let served = SERVICES.iter().filter(|(kind, _)| file.kinds().contains(kind));
    served.fold(Services::default().add_methods(lister), |services, (kind, name)| {
        let declared = registry.services(*kind).and_then(|services| services.old_ark);
        services.add_methods(match declared {
            Some(service) => service(&file.name, dispatcher.clone()),
            None => undeclared_old_ark(name, *kind, &file.name, dispatcher.clone()),
        })
    })
}

impl From<ResourceSelector> for AppliesToResponse {
    fn from(selector: ResourceSelector) -> Self {
        Self {
            included_namespaces: selector.included_namespaces,
            excluded_namespaces: selector.excluded_namespaces,
            included_resources: selector.included_resources,
            excluded_resources: selector.excluded_resources,
            selector: selector.label_selector,
        }
    }
}
