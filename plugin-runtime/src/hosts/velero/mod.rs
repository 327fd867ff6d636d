//! Velero 1.0 to 1.18: `pkg/plugin` of its source.
//!
//! ```text
//! service (one a kind) → call → the registry's handler → answer
//! ```

mod backup_item_action;
mod backup_item_action_v2;
mod call;
mod convert;
mod delete_item_action;
mod item_block_action;
mod lister;
mod object_store;
mod restore_item_action;
mod restore_item_action_v2;
pub(crate) mod stack;
mod volume_snapshotter;

use std::sync::Arc;

use crate::context::Surroundings;
use crate::declare::registry::Registry;
use crate::go_plugin::connection::Services;
use call::Calls;

/// What Velero puts into the environment of its plugins (`pkg/plugin/framework/handshake.go`).
pub(crate) const COOKIE: (&str, &str) = ("VELERO_PLUGIN", "hello");

/// Velero's own protocol, since 1.0 (the same file).
pub(crate) const PROTOCOL_VERSIONS: [u32; 1] = [2];

/// The generated half of Velero's contracts.
#[allow(clippy::all, clippy::pedantic, missing_docs, unreachable_pub, unused_qualifications)]
pub(crate) mod proto {
    pub(crate) mod generated {
        include!("../../generated/velero/generated.rs");
    }
    pub(crate) mod v1 {
        include!("../../generated/velero/v1.rs");
    }
    pub(crate) mod v2 {
        include!("../../generated/velero/v2.rs");
    }
    pub(crate) const DESCRIPTORS: &[u8] = include_bytes!("../../generated/velero/descriptors.bin");
}

/// Everything that Velero may call. All kinds are served, as by a Go plugin; the lister says which of
/// them this binary has.
pub(crate) fn services(registry: Registry, command: &str, surroundings: Surroundings) -> Services {
    let registry = Arc::new(registry);
    let calls = Calls::new(Arc::clone(&registry), surroundings);
    Services::default()
        .with(lister::service(&registry, command))
        .with(object_store::service(calls.clone()))
        .with(volume_snapshotter::service(calls.clone()))
        .with(backup_item_action::service(calls.clone()))
        .with(backup_item_action_v2::service(calls.clone()))
        .with(restore_item_action::service(calls.clone()))
        .with(restore_item_action_v2::service(calls.clone()))
        .with(delete_item_action::service(calls.clone()))
        .with(item_block_action::service(calls))
}
