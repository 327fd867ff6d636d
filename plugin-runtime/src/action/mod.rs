//! The traits that plugins implement, one per kind, which the crate's root exports; and [`AsyncResult`], the return type of
//! their methods.
//!
//! Methods are written as `async fn`. Their futures must be `Send`, because hosts call from several workers at once.

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

pub use async_result::AsyncResult;
