//! Ark 0.10 and Velero 0.11: each request names its plugin. Their object store and their list are Velero's own.

mod backup_item_action;
mod lister;
mod restore_item_action;

use crate::declare::registry::Registry;
use crate::go_plugin::connection::Services;
use crate::hosts::velero::call::Calls;
use crate::hosts::velero::{object_store, volume_snapshotter};

pub(super) fn services(registry: &Registry, command: &str, calls: &Calls) -> Services {
    Services::default()
        .with(lister::service(registry, command))
        .with(object_store::service(calls.clone()))
        // Velero 1.0 gave the service another name, and left its messages as they were.
        .with_as("generated.BlockStore", volume_snapshotter::service(calls.clone()))
        .with(backup_item_action::service(calls.clone()))
        .with(restore_item_action::service(calls.clone()))
}
