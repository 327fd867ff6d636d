//! Plugins for [Velero](https://velero.io), declared by an attribute on a plain struct.
//!
//! ```no_run
//! use plugwright::prelude::*;
//!
//! /// Leaves Service Catalog references behind: the restored cluster assigns its own.
//! #[restore_item_action(
//!     name = "kyma-project.io/instances-restore-plugin",
//!     included_resources = ["serviceinstances.servicecatalog.k8s.io"],
//! )]
//! #[derive(Default)]
//! struct StripClassRefs;
//!
//! impl RestoreItemAction for StripClassRefs {
//!     async fn execute(&self, input: &mut RestoreInput) -> Result<RestoreOutput> {
//!         input.item.remove("/spec/serviceClassRef");
//!         input.item.remove("/spec/servicePlanRef");
//!         Ok(RestoreOutput::restore())
//!     }
//! }
//!
//! plugwright::main!();
//! ```
//!
//! That is the whole program: `cargo build` produces a binary that Velero's server loads like a plugin
//! written in Go. Each Velero plugin kind has one attribute and one trait;
//! [`#[access_requester]`](macro@access_requester) is for [Argo CD
//! EphemeralAccess](https://github.com/argoproj-labs/argocd-ephemeral-access).
//!
//! One binary serves every Velero release, and Heptio Ark, its predecessor before 1.0. Kinds the host does
//! not support are omitted from its plugin list and logged. If the host's version cannot be detected, set
//! `PLUGWRIGHT_HOST_VERSION` (`1.10`) in the host's environment.
//!
//! | Feature | |
//! |---|---|
//! | `reflection` (default) | gRPC server reflection, which every Go plugin offers |
//! | `auto-mtls` | TLS if the host requests it (go-plugin's AutoMTLS); Velero and EphemeralAccess do not |
//! | `client` | the host side of the protocol, for tests and tools; Unix only |
//! | `ephemeral-access` | `#[access_requester]`, for Argo CD EphemeralAccess |
//! | `kube` | a Kubernetes client, available as methods of [`Context`]; needs Rust 1.89 |
//! | `testing` | an in-memory API server for tests (with `kube`) |
//!
//! A call passes through the modules from left to right:
//!
//! ```text
//! go_plugin → serve → hosts → declare (registry) → action (the traits) ← types (their arguments)
//! ```

#![cfg_attr(docsrs, feature(doc_cfg))]

// The attributes refer to this crate by its public name.
extern crate self as plugwright;

pub mod action;
#[cfg(feature = "kube")]
mod cluster;
mod context;
mod declare;
mod error;
mod hosts;
mod log;
mod person;
#[doc(hidden)]
mod private;
mod serve;
#[cfg(feature = "testing")]
pub mod testing;
pub mod types;
pub mod wait;
mod workers;

#[cfg(feature = "client")]
pub mod client;

#[cfg(feature = "ephemeral-access")]
pub use plugwright_macros::access_requester;
#[cfg(not(feature = "ephemeral-access"))]
pub use plugwright_macros::access_requester_disabled as access_requester;
pub use plugwright_macros::{
    backup_item_action, backup_item_action_v2, delete_item_action, item_block_action, object_store,
    restore_item_action, restore_item_action_v2, volume_snapshotter,
};
pub use plugwright_model::Kind;

pub use action::{
    access_requester::AccessRequester,
    backup_item_action::BackupItemAction,
    backup_item_action_v2::{BackupItemActionV2, BackupOperations},
    delete_item_action::DeleteItemAction,
    item_block_action::ItemBlockAction,
    object_store::ObjectStore,
    restore_item_action::RestoreItemAction,
    restore_item_action_v2::{RestoreItemActionV2, RestoreOperations},
    volume_snapshotter::VolumeSnapshotter,
};
pub use context::Context;
pub use declare::{Constructor, Declaration, Plugins};
pub use error::{Error, ErrorContext, Result};
/// The Kubernetes client, in the version that [`Context::client`] returns.
#[cfg(feature = "kube")]
pub use kube;
pub use serve::serve;
/// Events logged with it go to Velero's log.
pub use tracing;
#[cfg(feature = "kube")]
pub use types::backup_storage_location::BackupStorageLocation;
pub use types::{
    access_request::AccessRequest,
    access_response::{GrantResponse, RevokeResponse},
    application::Application,
    backup::Backup,
    config::Config,
    input::{BackupInput, DeleteInput, ItemBlockInput, RestoreInput},
    item::Item,
    object_body::ObjectBody,
    operation_progress::OperationProgress,
    output::{BackupOutput, BackupOutputV2, RestoreOutput, RestoreOutputV2},
    resource_identifier::ResourceIdentifier,
    resource_selector::ResourceSelector,
    restore::Restore,
    time::Time,
    volume_info::VolumeInfo,
};

/// The common imports of a plugin.
pub mod prelude {
    pub use crate::{
        AccessRequest, AccessRequester, Application, Backup, BackupInput, BackupItemAction,
        BackupItemActionV2, BackupOperations, BackupOutput, BackupOutputV2, Config, Context, DeleteInput,
        DeleteItemAction, ErrorContext, GrantResponse, Item, ItemBlockAction, ItemBlockInput, ObjectBody,
        ObjectStore, OperationProgress, ResourceIdentifier, ResourceSelector, Restore, RestoreInput,
        RestoreItemAction, RestoreItemActionV2, RestoreOperations, RestoreOutput, RestoreOutputV2, Result,
        RevokeResponse, Time, VolumeInfo, VolumeSnapshotter, access_requester, backup_item_action,
        backup_item_action_v2, bail, delete_item_action, ensure, item_block_action, object_store,
        restore_item_action, restore_item_action_v2, tracing, volume_snapshotter,
    };
    pub use tracing::instrument;
}

/// Generates the `main` of a plugin binary, which serves every plugin declared by an attribute.
///
/// To include plugins from library crates, name the crates: `plugwright::main!(my_plugins)`. The linker drops
/// a library that nothing refers to, and its plugins are then missing without a compile error. A binary
/// without plugins reports this when it starts; `cargo plugwright list` shows the plugins of a binary.
#[macro_export]
macro_rules! main {
    ($($library:path),* $(,)?) => {
        $(use $library as _;)*

        #[cfg(panic = "abort")]
        ::core::compile_error!(
            "plugwright requires `panic = \"unwind\"`: with `panic = \"abort\"`, a panic in one plugin ends the \
             process in the middle of a backup. Remove `panic = \"abort\"` from this profile."
        );

        fn main() -> ::std::process::ExitCode {
            $crate::serve()
        }
    };
}

#[cfg(all(doctest, feature = "client", feature = "ephemeral-access", feature = "kube"))]
mod book;

include!(concat!(env!("OUT_DIR"), "/private.rs"));
