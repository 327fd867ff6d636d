use std::fmt::Display;
use std::str::FromStr;
use std::sync::Arc;

use plugwright_model::Kind;

use super::operations::{Action, Operations, Probe, parse};
use crate::action::AsyncResult;
use crate::declare::{Constructor, Declaration};
use crate::types::{Backup, BackupInput, BackupOutputV2, OperationProgress, ResourceSelector};
use crate::{Context, Result};
use go_plugin::BoxFuture;

/// A backup item action that may start work which goes on after the call.
///
/// Declared by [`#[backup_item_action_v2]`](macro@crate::backup_item_action_v2). Velero 1.11 and
/// later; an older host refuses the whole binary, so that
/// [`BackupItemAction`](crate::BackupItemAction) is the better choice where no operation is started.
/// An action that starts one implements [`BackupOperations`], too.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not implement `BackupItemActionV2`",
    label = "this struct needs `impl BackupItemActionV2 for {Self}`",
    note = "its one required method: `async fn execute(&self, input: &mut BackupInput) -> Result<BackupOutputV2>`",
    note = "`#[backup_item_action_v2]` and `BackupOperations` need it",
    note = "if it implements another trait of a plugin, use the attribute of that name: `BackupItemAction` goes with `#[backup_item_action]`, `RestoreItemAction` with `#[restore_item_action]`"
)]
pub trait BackupItemActionV2: Sized + Send + Sync + 'static {
    /// Which items this action wants to see: `declared`, what the attribute says, unless you override
    /// this to decide at run time. Velero asks once in each backup.
    ///
    /// It has no `self`: Velero asks before there is an item, and gives up everything if the answer is an error.
    fn applies_to(cx: &Context, declared: ResourceSelector) -> impl AsyncResult<ResourceSelector> + Send {
        let _ = cx;
        async { Ok(declared) }
    }

    /// One item. What is changed in `input.item` is what Velero stores. No operation may be started
    /// while the backup is being finalized (`input.backup.is_finalizing()`): Velero fails the item.
    fn execute(&self, input: &mut BackupInput) -> impl AsyncResult<BackupOutputV2> + Send;
}

/// The asynchronous operations of a [`BackupItemActionV2`].
///
/// Implemented by the struct that has the attribute; it is found there by itself. Nothing that the
/// process keeps in memory lives from the backup to these calls: Velero asks from another process.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not implement `BackupOperations`",
    note = "asynchronous operations need `type OperationId` and `async fn progress(&self, operation: &Self::OperationId, backup: &Backup) -> Result<OperationProgress>`"
)]
pub trait BackupOperations: BackupItemActionV2 {
    /// What [`BackupOutputV2::operation`] was given, as it comes back. What does not parse is answered
    /// with Velero's `operation ID X is invalid`.
    type OperationId: FromStr + Display + Send + Sync;

    /// How far the operation has come. An error fails the operation: Velero does not ask again
    /// (`pkg/controller/backup_operations_controller.go`).
    fn progress(
        &self,
        operation: &Self::OperationId,
        backup: &Backup,
    ) -> impl AsyncResult<OperationProgress> + Send;

    /// Asks the operation to end early. Does nothing unless you say what.
    fn cancel(&self, operation: &Self::OperationId, backup: &Backup) -> impl AsyncResult<()> + Send {
        let _ = (operation, backup);
        async { Ok(()) }
    }
}

/// Found by [`Probe`]: the inherent method comes before that of `NoOperations`.
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

/// What the registry keeps of one.
pub(crate) trait Handler: Send + Sync {
    fn execute<'a>(&'a self, input: &'a mut BackupInput) -> BoxFuture<'a, Result<BackupOutputV2>>;
    fn progress<'a>(&'a self, id: &'a str, backup: &'a Backup) -> BoxFuture<'a, Result<OperationProgress>>;
    fn cancel<'a>(&'a self, id: &'a str, backup: &'a Backup) -> BoxFuture<'a, Result<()>>;
    /// Whether an operation that it starts can be asked after.
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
    /// A [`BackupItemActionV2`] of this name that starts no operations; `new` makes it.
    #[track_caller]
    pub fn backup_item_action_v2<T: BackupItemActionV2, Form>(
        name: impl Into<String>,
        new: impl Constructor<T, Form>,
    ) -> Self {
        Self::__backup_item_action_v2(name, new, || None)
    }

    /// A [`BackupItemActionV2`] of this name with asynchronous operations; `new` makes it.
    #[track_caller]
    pub fn backup_item_action_v2_with_operations<T: BackupOperations, Form>(
        name: impl Into<String>,
        new: impl Constructor<T, Form>,
    ) -> Self {
        Self::__backup_item_action_v2(name, new, || Probe::<T>::new().backup_operations())
    }

    /// What the attribute calls: with operations where the type has them.
    #[doc(hidden)]
    #[track_caller]
    pub fn __backup_item_action_v2<T: BackupItemActionV2, Form>(
        name: impl Into<String>,
        new: impl Constructor<T, Form>,
        operations: fn() -> Option<Operations<T, Backup>>,
    ) -> Self {
        Self::new(Kind::BackupItemActionV2, name.into(), new, move |action: Arc<T>| {
            Arc::new(Action { action, operations: operations() }) as Arc<dyn Handler>
        })
        .choosing(|cx, declared| Box::pin(async move { T::applies_to(&cx, declared).await }))
    }
}
