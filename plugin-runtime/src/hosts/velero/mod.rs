//! Velero 1.0 to 1.18: `pkg/plugin` of its source.
//!
//! ```text
//! service (one per kind) → call → the registry's handler → response
//! ```

pub(super) mod backup_item_action;
pub(super) mod backup_item_action_v2;
pub(super) mod call;
mod convert;
pub(super) mod delete_item_action;
mod generation;
pub(super) mod item_block_action;
pub(super) mod lister;
pub(super) mod object_store;
pub(crate) mod proto;
mod put;
pub(super) mod restore_item_action;
pub(super) mod restore_item_action_v2;
pub(crate) mod stack;
pub(super) mod volume_snapshotter;

use std::sync::Arc;

use go_plugin::grpc::Services;
use go_plugin::{Environment, Handshake, Server};
use plugwright_model::Kind;

use super::services;
use crate::Result;
use crate::declare::names::Names;
use crate::declare::registry::Registry;
use call::Dispatcher;
use generation::Generation;

/// `pkg/plugin/framework/handshake.go`.
pub(crate) const HANDSHAKE: Handshake = Handshake::new("VELERO_PLUGIN", "hello");

/// The version of Velero's application protocol, since 1.0 (same file).
pub(crate) const VERSION: u32 = 2;

/// The service of each kind.
pub(super) const SERVICES: [(Kind, &str); 8] = [
    (Kind::ObjectStore, "generated.ObjectStore"),
    (Kind::VolumeSnapshotter, "generated.VolumeSnapshotter"),
    (Kind::BackupItemAction, "generated.BackupItemAction"),
    (Kind::BackupItemActionV2, "v2.BackupItemAction"),
    (Kind::RestoreItemAction, "generated.RestoreItemAction"),
    (Kind::RestoreItemActionV2, "v2.RestoreItemAction"),
    (Kind::DeleteItemAction, "generated.DeleteItemAction"),
    (Kind::ItemBlockAction, "v1.ItemBlockAction"),
];

/// The services Velero may call. All kinds are served, as in a Go plugin; the lister decides which are listed
/// for this Velero.
pub(crate) fn server(registry: Registry, environment: &Environment) -> Result<Server> {
    let registry = Arc::new(registry);
    let generation = Generation::of_host(environment)?;
    let dispatcher = Dispatcher::new(Arc::clone(&registry), Names::Velero, environment);
    let lister = lister::service(Arc::clone(&registry), &environment.command, generation);
    let services = Services::default().add_methods(lister);
    let services = services::add(services, &SERVICES, &registry, |kind| kind.velero, &dispatcher);
    Ok(Server::new(HANDSHAKE).version(VERSION, services).descriptors(proto::DESCRIPTORS).exit_on_disconnect())
}
