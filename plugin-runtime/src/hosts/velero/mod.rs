//! Velero 1.0 to 1.18: `pkg/plugin` of its source.
//!
//! ```text
//! service (one per kind) → call → the registry's handler → response
//! ```

pub(super) mod backup_item_action;
mod backup_item_action_v2;
pub(super) mod call;
mod convert;
mod delete_item_action;
mod generation;
mod item_block_action;
pub(super) mod lister;
pub(super) mod object_store;
pub(crate) mod proto;
mod put;
pub(super) mod restore_item_action;
mod restore_item_action_v2;
pub(crate) mod stack;
pub(super) mod volume_snapshotter;

use std::sync::Arc;

use go_plugin::grpc::Services;
use go_plugin::{Environment, Handshake, Server};

use crate::Result;
use crate::declare::names::Names;
use crate::declare::registry::Registry;
use call::Dispatcher;
use generation::Generation;

/// `pkg/plugin/framework/handshake.go`.
pub(crate) const HANDSHAKE: Handshake = Handshake::new("VELERO_PLUGIN", "hello");

/// The version of Velero's application protocol, since 1.0 (same file).
pub(crate) const VERSION: u32 = 2;

/// The services Velero may call. All kinds are served, as in a Go plugin; the lister decides which are listed
/// for this Velero.
pub(crate) fn server(registry: Registry, environment: &Environment) -> Result<Server> {
    let registry = Arc::new(registry);
    let generation = Generation::of_host(environment)?;
    let dispatcher = Dispatcher::new(Arc::clone(&registry), Names::Velero, environment);
    let services = Services::default()
        .add_methods(lister::service(registry, &environment.command, generation))
        .add_methods(object_store::service(dispatcher.clone()))
        .add_methods(volume_snapshotter::service(dispatcher.clone()))
        .add_methods(backup_item_action::service(dispatcher.clone()))
        .add_methods(backup_item_action_v2::service(dispatcher.clone()))
        .add_methods(restore_item_action::service(dispatcher.clone()))
        .add_methods(restore_item_action_v2::service(dispatcher.clone()))
        .add_methods(delete_item_action::service(dispatcher.clone()))
        .add_methods(item_block_action::service(dispatcher));
    Ok(Server::new(HANDSHAKE).version(VERSION, services).descriptors(proto::DESCRIPTORS).exit_on_disconnect())
}
