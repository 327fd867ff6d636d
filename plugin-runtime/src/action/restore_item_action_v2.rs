use std::fmt::Display;
use std::str::FromStr;
use std::sync::Arc;

use super::operations::{Action, Operations, Probe, parse};
use crate::action::AsyncResult;
use crate::declare::{Constructor, Declaration};
use crate::hosts::services;
use crate::types::{
    OperationProgress, ResourceIdentifier, ResourceSelector, Restore, RestoreInput, RestoreOutputV2,
};
use crate::{Context, Result};
use go_plugin::BoxFuture;

/// A restore item action that may start an asynchronous operation, which continues after the call, or make
/// the item wait for others.
///
/// Declared by [`#[restore_item_action_v2]`](macro@crate::restore_item_action_v2). Requires Velero 1.11 or
/// later, and an older host rejects the whole binary; prefer [`RestoreItemAction`](crate::RestoreItemAction)
/// if neither is needed. An action that starts operations also implements [`RestoreOperations`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not implement `RestoreItemActionV2`",
    label = "this struct needs `impl RestoreItemActionV2 for {Self}`",
    note = "its one required method: `async fn execute(&self, input: &mut RestoreInput) -> Result<RestoreOutputV2>`",
    note = "required by `#[restore_item_action_v2]` and `RestoreOperations`",
    note = "for another plugin trait, use its attribute: `RestoreItemAction` goes with `#[restore_item_action]`, `BackupItemAction` with `#[backup_item_action]`"
)]
pub trait RestoreItemActionV2: Sized + Send + Sync + 'static {
    /// Selects the items for this action: by default `declared`, the attribute's selection. Override it to
    /// decide at run time. Velero calls it once per restore.
    ///
    /// It has no `self`: Velero calls it before the first item, and an error aborts the whole restore.
    fn applies_to(cx: &Context, declared: ResourceSelector) -> impl AsyncResult<ResourceSelector> + Send {
        let _ = cx;
        async { Ok(declared) }
    }

    /// Processes one item. Velero restores `input.item` with its changes.
    fn execute(&self, input: &mut RestoreInput) -> impl AsyncResult<RestoreOutputV2> + Send;

    /// Polled after an `execute` that returned
    /// [`wait_for_additional_items`](RestoreOutputV2::wait_for_additional_items), until it returns true or
    /// the timeout expires. The default is true.
    fn are_additional_items_ready(
        &self,
        items: &[ResourceIdentifier],
        restore: &Restore,
    ) -> impl AsyncResult<bool> + Send {
        let _ = (items, restore);
        async { Ok(true) }
    }
}

/// The asynchronous operations of a [`RestoreItemActionV2`].
///
/// Implement it for the struct that has the attribute, which detects the implementation. Do not rely on state
/// in memory: Velero makes these calls from another process than the restore's.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not implement `RestoreOperations`",
    note = "asynchronous operations need `type OperationId` and `async fn progress(&self, operation: &Self::OperationId, restore: &Restore) -> Result<OperationProgress>`"
)]
pub trait RestoreOperations: RestoreItemActionV2 {
    /// The id passed to [`RestoreOutputV2::operation`], parsed back. An id that does not parse results in
    /// Velero's error `operation ID X is invalid`.
    type OperationId: FromStr + Display + Send + Sync;

    /// Reports the progress of the operation. An error fails the operation: Velero does not ask again
    /// (`pkg/controller/restore_operations_controller.go`).
    fn progress(
        &self,
        operation: &Self::OperationId,
        restore: &Restore,
    ) -> impl AsyncResult<OperationProgress> + Send;

    /// Cancels the operation. The default does nothing.
    fn cancel(&self, operation: &Self::OperationId, restore: &Restore) -> impl AsyncResult<()> + Send {
        let _ = (operation, restore);
        async { Ok(()) }
    }
}

/// Found by [`Probe`]: an inherent method takes precedence over `NoOperations`.
impl<T: RestoreOperations> Probe<T> {
    pub fn restore_operations(&self) -> Option<Operations<T, Restore>> {
        Some(Operations {
            progress: |action, id, restore| {
                Box::pin(async move { action.progress(&parse(id)?, restore).await })
            },
            cancel: |action, id, restore| Box::pin(async move { action.cancel(&parse(id)?, restore).await }),
        })
    }
}

/// The registry's entry for a V2 restore item action.
pub(crate) trait Handler: Send + Sync {
    fn execute<'a>(&'a self, input: &'a mut RestoreInput) -> BoxFuture<'a, Result<RestoreOutputV2>>;
    fn progress<'a>(&'a self, id: &'a str, restore: &'a Restore) -> BoxFuture<'a, Result<OperationProgress>>;
    fn cancel<'a>(&'a self, id: &'a str, restore: &'a Restore) -> BoxFuture<'a, Result<()>>;
    /// Whether the action supports asynchronous operations.
    fn has_operations(&self) -> bool;
    fn are_additional_items_ready<'a>(
        &'a self,
        items: &'a [ResourceIdentifier],
        restore: &'a Restore,
    ) -> BoxFuture<'a, Result<bool>>;
}

impl<T: RestoreItemActionV2> Handler for Action<T, Restore> {
    fn execute<'a>(&'a self, input: &'a mut RestoreInput) -> BoxFuture<'a, Result<RestoreOutputV2>> {
        Box::pin(self.action.execute(input))
    }

    fn progress<'a>(&'a self, id: &'a str, restore: &'a Restore) -> BoxFuture<'a, Result<OperationProgress>> {
        Action::progress(self, id, restore)
    }

    fn cancel<'a>(&'a self, id: &'a str, restore: &'a Restore) -> BoxFuture<'a, Result<()>> {
        Action::cancel(self, id, restore)
    }

    fn has_operations(&self) -> bool {
        self.operations.is_some()
    }

    fn are_additional_items_ready<'a>(
        &'a self,
        items: &'a [ResourceIdentifier],
        restore: &'a Restore,
    ) -> BoxFuture<'a, Result<bool>> {
        Box::pin(self.action.are_additional_items_ready(items, restore))
    }
}

impl Declaration {
    /// Declares a [`RestoreItemActionV2`] of this name without operations, constructed by `new`.
    #[track_caller]
    pub fn restore_item_action_v2<T: RestoreItemActionV2, Form>(
        name: impl Into<String>,
        new: impl Constructor<T, Form>,
    ) -> Self {
        Self::__restore_item_action_v2(name, new, || None)
    }

    /// Declares a [`RestoreItemActionV2`] of this name with asynchronous operations, constructed by `new`.
    #[track_caller]
    pub fn restore_item_action_v2_with_operations<T: RestoreOperations, Form>(
        name: impl Into<String>,
        new: impl Constructor<T, Form>,
    ) -> Self {
        Self::__restore_item_action_v2(name, new, || Probe::<T>::new().restore_operations())
    }

    /// Called by the attribute: with operations if the type implements them.
    #[doc(hidden)]
    #[track_caller]
    pub fn __restore_item_action_v2<T: RestoreItemActionV2, Form>(
        name: impl Into<String>,
        new: impl Constructor<T, Form>,
        operations: fn() -> Option<Operations<T, Restore>>,
    ) -> Self {
        Self::new(&services::RESTORE_ITEM_ACTION_V2, name.into(), new, move |action: Arc<T>| {
            Arc::new(Action { action, operations: operations() }) as Arc<dyn Handler>
        })
        .choosing(|cx, declared| Box::pin(async move { T::applies_to(&cx, declared).await }))
    }
}
