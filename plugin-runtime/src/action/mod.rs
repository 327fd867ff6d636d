//! The traits that plugins implement, one per kind, named as in the host.
//!
//! Methods are written as `async fn`. Their futures must be `Send`, because the host calls from several
//! workers at once.

pub(crate) mod access_requester;
mod async_result;
pub(crate) mod backup_item_action;
pub(crate) mod backup_item_action_v2;
pub(crate) mod delete_item_action;
pub(crate) mod item_block_action;
pub(crate) mod object_store;
pub(crate) mod operations;
pub(crate) mod restore_item_action;
pub(crate) mod restore_item_action_v2;
pub(crate) mod volume_snapshotter;

pub use access_requester::AccessRequester;
pub use async_result::AsyncResult;
pub use backup_item_action::BackupItemAction;
pub use backup_item_action_v2::{BackupItemActionV2, BackupOperations};
pub use delete_item_action::DeleteItemAction;
pub use item_block_action::ItemBlockAction;
pub use object_store::ObjectStore;
pub use restore_item_action::RestoreItemAction;
pub use restore_item_action_v2::{RestoreItemActionV2, RestoreOperations};
pub use volume_snapshotter::VolumeSnapshotter;
