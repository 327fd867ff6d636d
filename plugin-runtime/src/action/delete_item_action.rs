use std::sync::Arc;

use crate::action::AsyncResult;
use crate::declare::{Constructor, Declaration};
use crate::hosts::services;
use crate::types::{DeleteInput, ResourceSelector};
use crate::{Context, Result};
use go_plugin::BoxFuture;

/// Called for each item of a backup that is being deleted, to clean up external state that the backup left.
///
/// Declared by [`#[delete_item_action]`](macro@crate::delete_item_action). Requires Velero 1.5 or later.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not implement `DeleteItemAction`",
    label = "this struct needs `impl DeleteItemAction for {Self}`",
    note = "its one required method: `async fn execute(&self, input: &DeleteInput) -> Result<()>`",
    note = "for another plugin trait, use its attribute: `BackupItemAction` goes with `#[backup_item_action]`"
)]
pub trait DeleteItemAction: Sized + Send + Sync + 'static {
    /// Selects the items for this action: by default `declared`, the attribute's selection. Override it to
    /// decide at run time.
    ///
    /// It has no `self`: Velero calls it before the first item, and an error aborts the whole deletion.
    fn applies_to(cx: &Context, declared: ResourceSelector) -> impl AsyncResult<ResourceSelector> + Send {
        let _ = cx;
        async { Ok(declared) }
    }

    /// Processes one item. Velero logs an error, and still deletes the backup.
    fn execute(&self, input: &DeleteInput) -> impl AsyncResult<()> + Send;
}

/// The registry's entry for a delete item action.
pub(crate) trait Handler: Send + Sync {
    fn execute<'a>(&'a self, input: &'a DeleteInput) -> BoxFuture<'a, Result<()>>;
}

impl<T: DeleteItemAction> Handler for T {
    fn execute<'a>(&'a self, input: &'a DeleteInput) -> BoxFuture<'a, Result<()>> {
        Box::pin(DeleteItemAction::execute(self, input))
    }
}

impl Declaration {
    /// Declares a [`DeleteItemAction`] of this name, constructed by `new`.
    #[track_caller]
    pub fn delete_item_action<T: DeleteItemAction, Form>(
        name: impl Into<String>,
        new: impl Constructor<T, Form>,
    ) -> Self {
        Self::new(&services::DELETE_ITEM_ACTION, name.into(), new, |action: Arc<T>| {
            action as Arc<dyn Handler>
        })
        .choosing(|cx, declared| Box::pin(async move { T::applies_to(&cx, declared).await }))
    }
}
