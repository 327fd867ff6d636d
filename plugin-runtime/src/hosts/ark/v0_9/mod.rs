//! Ark 0.6 to 0.9: a process serves the plugin named by its file; requests do not name one.

mod backup_item_action;
mod block_store;
mod lister;
mod object_store;
mod restore_item_action;

use plugwright_model::Kind;

use super::file_name::FileName;
use super::proto::v0_9::AppliesToResponse;
use crate::hosts::velero::call::Dispatcher;
use crate::types::ResourceSelector;
use go_plugin::grpc::Services;

/// Only the plugin named by the file, like a Go plugin for Ark 0.9.
pub(super) fn services(file: &FileName, dispatcher: &Dispatcher) -> Services {
    let plugin = file.name.as_str();
    file.kinds().iter().fold(Services::default().add_methods(lister::service(file)), |services, kind| {
        let dispatcher = dispatcher.clone();
        match kind {
            Kind::ObjectStore => services.add_methods(object_store::service(plugin, dispatcher)),
            Kind::VolumeSnapshotter => services.add_methods(block_store::service(plugin, dispatcher)),
            Kind::BackupItemAction => services.add_methods(backup_item_action::service(plugin, dispatcher)),
            Kind::RestoreItemAction => services.add_methods(restore_item_action::service(plugin, dispatcher)),
            _ => services,
        }
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
