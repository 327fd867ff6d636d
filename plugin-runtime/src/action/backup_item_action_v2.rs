use std::fmt::Display;
use std::str::FromStr;
use std::sync::Arc;

use super::operations::{Action, Operations, Probe, parse};
use crate::action::AsyncResult;
use crate::declare::{Constructor, Declaration};
use crate::hosts::services;
use crate::types::{Backup, BackupInput, BackupOutputV2, OperationProgress, ResourceSelector};
use crate::{Context, Result};
use go_plugin::BoxFuture;

/// A backup item action that may start an asynchronous operation, which continues after the call.
///
/// Declared by [`#[backup_item_action_v2]`](macro@crate::backup_item_action_v2). Requires Velero 1.11 or
/// later, and an older host rejects the whole binary; prefer [`BackupItemAction`](crate::BackupItemAction) if
/// no operation is started. An action that starts operations also implements [`BackupOperations`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not implement `BackupItemActionV2`",
    label = "this struct needs `impl BackupItemActionV2 for {Self}`",
    note = "its one required method: `async fn execute(&self, input: &mut BackupInput) -> Result<BackupOutputV2>`",
    note = "required by `#[backup_item_action_v2]` and `BackupOperations`",
    note = "for another plugin trait, use its attribute: `BackupItemAction` goes with `#[backup_item_action]`, `RestoreItemAction` with `#[restore_item_action]`"
)]
pub trait BackupItemActionV2: Sized + Send + Sync + 'static {
    /// Selects the items for this action: by default `declared`, the attribute's selection. Override it to
    /// decide at run time. Velero calls it once per backup.
    ///
    /// It has no `self`: Velero calls it before the first item, and an error aborts the whole backup.
    fn applies_to(cx: &Context, declared: ResourceSelector) -> impl AsyncResult<ResourceSelector> + Send {
        let _ = cx;
        async { Ok(declared) }
    }

    /// Processes one item. Velero stores `input.item` with its changes. Do not start an operation while the
    /// backup is being finalized (`input.backup.is_finalizing()`): Velero fails the item.
    fn execute(&self, input: &mut BackupInput) -> impl AsyncResult<BackupOutputV2> + Send;
}

/// The asynchronous operations of a [`BackupItemActionV2`].
///
/// Implement it for the struct that has the attribute, which detects the implementation. Do not rely on state
/// in memory: Velero makes these calls from another process than the backup's.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not implement `BackupOperations`",
    note = "asynchronous operations need `type OperationId` and `async fn progress(&self, operation: &Self::OperationId, backup: &Backup) -> Result<OperationProgress>`"
)]
pub trait BackupOperations: BackupItemActionV2 {
    /// The id passed to [`BackupOutputV2::operation`], parsed back. An id that does not parse results in
    /// Velero's error `operation ID X is invalid`.
    type OperationId: FromStr + Display + Send + Sync;

    /// Reports the progress of the operation. An error fails the operation: Velero does not ask again
    /// (`pkg/controller/backup_operations_controller.go`).
    fn progress(
        &self,
        operation: &Self::OperationId,
        backup: &Backup,
    ) -> impl AsyncResult<OperationProgress> + Send;

    /// Cancels the operation. The default does nothing.
    fn cancel(&self, operation: &Self::OperationId, backup: &Backup) -> impl AsyncResult<()> + Send {
        let _ = (operation, backup);
        async { Ok(()) }
    }
}

/// Found by [`Probe`]: an inherent method takes precedence over `NoOperations`.
impl<T: BackupOperations> Probe<T> {
    pub fn backup_operations(&self) -> Option<Operations<T, Backup>> {
        Some(Operations {
            progress: |action, id, backup| {
                Box::pin(async move { action.progress(&parse(id)?, backup).await })
            },
            cancel: |action, id, backup| Box::pin(async move { action.cancel(&parse(id)?, backup).await }),
        })
    }
}

/// The registry's entry for a V2 backup item action.
pub(crate) trait Handler: Send + Sync {
    fn execute<'a>(&'a self, input: &'a mut BackupInput) -> BoxFuture<'a, Result<BackupOutputV2>>;
    fn progress<'a>(&'a self, id: &'a str, backup: &'a Backup) -> BoxFuture<'a, Result<OperationProgress>>;
    fn cancel<'a>(&'a self, id: &'a str, backup: &'a Backup) -> BoxFuture<'a, Result<()>>;
    /// Whether the action supports asynchronous operations.
    fn has_operations(&self) -> bool;
}

impl<T: BackupItemActionV2> Handler for Action<T, Backup> {
    fn execute<'a>(&'a self, input: &'a mut BackupInput) -> BoxFuture<'a, Result<BackupOutputV2>> {
        Box::pin(self.action.execute(input))
    }

    fn progress<'a>(&'a self, id: &'a str, backup: &'a Backup) -> BoxFuture<'a, Result<OperationProgress>> {
        Action::progress(self, id, backup)
    }

    fn cancel<'a>(&'a self, id: &'a str, backup: &'a Backup) -> BoxFuture<'a, Result<()>> {
        Action::cancel(self, id, backup)
    }

    fn has_operations(&self) -> bool {
        self.operations.is_some()
    }
}

impl Declaration {
    /// Declares a [`BackupItemActionV2`] of this name without operations, constructed by `new`.
    #[track_caller]
    pub fn backup_item_action_v2<T: BackupItemActionV2, Form>(
        name: impl Into<String>,
        new: impl Constructor<T, Form>,
    ) -> Self {
        Self::__backup_item_action_v2(name, new, || None)
    }

    /// Declares a [`BackupItemActionV2`] of this name with asynchronous operations, constructed by `new`.
    #[track_caller]
    pub fn backup_item_action_v2_with_operations<T: BackupOperations, Form>(
        name: impl Into<String>,
        new: impl Constructor<T, Form>,
    ) -> Self {
        Self::__backup_item_action_v2(name, new, || Probe::<T>::new().backup_operations())
    }

    /// Called by the attribute: with operations if the type implements them.
    #[doc(hidden)]
    #[track_caller]
    pub fn __backup_item_action_v2<T: BackupItemActionV2, Form>(
        name: impl Into<String>,
        new: impl Constructor<T, Form>,
        operations: fn() -> Option<Operations<T, Backup>>,
    ) -> Self {
        Self::new(&services::BACKUP_ITEM_ACTION_V2, name.into(), new, move |action: Arc<T>| {
            Arc::new(Action { action, operations: operations() }) as Arc<dyn Handler>
        })
        .choosing(|cx, declared| Box::pin(async move { T::applies_to(&cx, declared).await }))
    }
}
