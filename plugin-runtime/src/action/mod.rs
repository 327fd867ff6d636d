//! What a plugin is: one trait a kind, named as its host names it.
//!
//! Methods are written as `async fn`. Their futures have to be `Send`, because the host calls from
//! several workers at once.

pub(crate) mod access_requester;
pub(crate) mod backup_item_action;
pub(crate) mod backup_item_action_v2;
pub(crate) mod delete_item_action;
pub(crate) mod item_block_action;
pub(crate) mod object_store;
pub(crate) mod restore_item_action;
pub(crate) mod restore_item_action_v2;
pub(crate) mod volume_snapshotter;

pub use access_requester::AccessRequester;
pub use backup_item_action::BackupItemAction;
pub use backup_item_action_v2::{BackupItemActionV2, BackupOperations};
pub use delete_item_action::DeleteItemAction;
pub use item_block_action::ItemBlockAction;
pub use object_store::ObjectStore;
pub use restore_item_action::RestoreItemAction;
pub use restore_item_action_v2::{RestoreItemActionV2, RestoreOperations};
pub use volume_snapshotter::VolumeSnapshotter;

use std::future::Future;

use crate::{Context, Error, Result};

/// What a plugin's method returns: the future of an `async fn` that returns a [`Result`](crate::Result) of `T`.
///
/// `-> impl AsyncResult<RestoreOutput> + Send` in a trait is `async fn … -> Result<RestoreOutput>` in its impl. The trait
/// is there for the compiler's words about a method that is not.
#[diagnostic::on_unimplemented(
    message = "this method has to be an `async fn` that returns `Result<{T}>`",
    label = "expected `async fn … -> Result<{T}>`",
    note = "`Result` is `plugwright::Result`, which the prelude has; `?` turns other errors into its own, `anyhow::Error` too"
)]
pub trait AsyncResult<T>: Future<Output = Result<T>> {}

#[diagnostic::do_not_recommend]
impl<T, F: Future<Output = Result<T>>> AsyncResult<T> for F {}

/// A store that a host calls before it has configured it.
fn not_initialized(cx: &Context) -> Error {
    Error::msg(format!("{} plugin {}: the host has not called Init", cx.kind(), cx.name()))
}
