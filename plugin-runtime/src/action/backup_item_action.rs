use std::sync::Arc;

use crate::action::AsyncResult;
use crate::declare::{Constructor, Declaration};
use crate::hosts::services;
use crate::types::{BackupInput, BackupOutput, ResourceSelector};
use crate::{Context, Result};
use go_plugin::BoxFuture;

/// Inspects, and may change, each item before it is stored in a backup.
///
/// Declared by [`#[backup_item_action]`](macro@crate::backup_item_action). Served to every Velero
/// since 1.0.
///
/// ```
/// use plugwright::prelude::*;
///
/// /// Marks the items it has seen.
/// #[backup_item_action(name = "example.io/mark", included_resources = ["pods"])]
/// #[derive(Default)]
/// struct Mark;
///
/// impl BackupItemAction for Mark {
///     async fn execute(&self, input: &mut BackupInput) -> Result<BackupOutput> {
///         input.item.set_annotation("example.io/marked", "true");
///         Ok(BackupOutput::backup())
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not implement `BackupItemAction`",
    label = "this struct needs `impl BackupItemAction for {Self}`",
    note = "its one required method: `async fn execute(&self, input: &mut BackupInput) -> Result<BackupOutput>`",
    note = "for another plugin trait, use its attribute: `BackupItemActionV2` goes with `#[backup_item_action_v2]`, `RestoreItemAction` with `#[restore_item_action]`"
)]
pub trait BackupItemAction: Sized + Send + Sync + 'static {
    /// Selects the items for this action: by default `declared`, the attribute's selection. Override it to
    /// decide at run time. Velero calls it once per backup.
    ///
    /// It has no `self`: Velero calls it before the first item, and an error aborts the whole backup.
    fn applies_to(cx: &Context, declared: ResourceSelector) -> impl AsyncResult<ResourceSelector> + Send {
        let _ = cx;
        async { Ok(declared) }
    }

    /// Processes one item. Velero stores `input.item` with its changes; if unchanged, byte for byte. An error
    /// fails the item, not the backup, which ends as PartiallyFailed.
    fn execute(&self, input: &mut BackupInput) -> impl AsyncResult<BackupOutput> + Send;
}

/// The registry's entry for a backup item action.
pub(crate) trait Handler: Send + Sync {
    fn execute<'a>(&'a self, input: &'a mut BackupInput) -> BoxFuture<'a, Result<BackupOutput>>;
}

impl<T: BackupItemAction> Handler for T {
    fn execute<'a>(&'a self, input: &'a mut BackupInput) -> BoxFuture<'a, Result<BackupOutput>> {
        Box::pin(BackupItemAction::execute(self, input))
    }
}

impl Declaration {
    /// Declares a [`BackupItemAction`] of this name, constructed by `new`.
    #[track_caller]
    pub fn backup_item_action<T: BackupItemAction, Form>(
        name: impl Into<String>,
        new: impl Constructor<T, Form>,
    ) -> Self {
        Self::new(&services::BACKUP_ITEM_ACTION, name.into(), new, |action: Arc<T>| {
            action as Arc<dyn Handler>
        })
        .choosing(|cx, declared| Box::pin(async move { T::applies_to(&cx, declared).await }))
    }
}
