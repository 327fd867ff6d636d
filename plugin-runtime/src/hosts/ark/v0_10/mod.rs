//! Ark 0.10 and Velero 0.11: each request names its plugin. Object store and list are the same as Velero's.

mod backup_item_action;
mod lister;
mod restore_item_action;

use super::proto::v0_10::AppliesToResponse;
use crate::declare::registry::Registry;
use crate::hosts::velero::call::Dispatcher;
use crate::hosts::velero::{object_store, volume_snapshotter};
use crate::types::ResourceSelector;
use go_plugin::grpc::Services;

pub(super) fn services(registry: &Registry, command: &str, dispatcher: &Dispatcher) -> Services {
    Services::default()
        .add_methods(lister::service(registry, command))
        .add_methods(object_store::service(dispatcher.clone()))
        // Velero 1.0 renamed the service and kept its messages.
        .add_methods(volume_snapshotter::service(dispatcher.clone()).named("generated.BlockStore"))
        .add_methods(backup_item_action::service(dispatcher.clone()))
        .add_methods(restore_item_action::service(dispatcher.clone()))
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
