//! Ark 0.10 and Velero 0.11: each request names its plugin. Object store and list are the same as Velero's.

pub(in crate::hosts) mod backup_item_action;
mod lister;
pub(in crate::hosts) mod restore_item_action;

use super::SERVICES;
use super::proto::v0_10::AppliesToResponse;
use crate::declare::registry::Registry;
use crate::hosts::services;
use crate::hosts::velero::call::Dispatcher;
use crate::types::ResourceSelector;
use go_plugin::grpc::Services;

pub(super) fn services(registry: &Registry, command: &str, dispatcher: &Dispatcher) -> Services {
    let lister = lister::service(registry, command);
    services::add(Services::default().add_methods(lister), &SERVICES, registry, |kind| kind.ark, dispatcher)
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
