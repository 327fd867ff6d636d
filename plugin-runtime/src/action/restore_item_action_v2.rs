use std::fmt::Display;
use std::str::FromStr;
use std::sync::Arc;

use plugwright_model::Kind;

use super::operations::{Action, Operations, Probe, parse};
use crate::action::AsyncResult;
use crate::declare::{Constructor, Declaration};
use crate::types::{
    OperationProgress, ResourceIdentifier, ResourceSelector, Restore, RestoreInput, RestoreOutputV2,
};
use crate::{Context, Result};
use go_plugin::BoxFuture;

/// A restore item action that may start work which goes on after the call, or make the item wait for
/// others.
///
/// Declared by [`#[restore_item_action_v2]`](macro@crate::restore_item_action_v2). Velero 1.11 and
/// later; an older host refuses the whole binary, so that
/// [`RestoreItemAction`](crate::RestoreItemAction) is the better choice where neither is needed. An
/// action that starts operations implements [`RestoreOperations`], too.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not implement `RestoreItemActionV2`",
    label = "this struct needs `impl RestoreItemActionV2 for {Self}`",
    note = "its one required method: `async fn execute(&self, input: &mut RestoreInput) -> Result<RestoreOutputV2>`",
    note = "`#[restore_item_action_v2]` and `RestoreOperations` need it",
    note = "if it implements another trait of a plugin, use the attribute of that name: `RestoreItemAction` goes with `#[restore_item_action]`, `BackupItemAction` with `#[backup_item_action]`"
)]
pub trait RestoreItemActionV2: Sized + Send + Sync + 'static {
    /// Which items this action wants to see: `declared`, what the attribute says, unless you override
    /// this to decide at run time. Velero asks once in each restore.
    ///
    /// It has no `self`: Velero asks before there is an item, and gives up everything if the answer is an error.
    fn applies_to(cx: &Context, declared: ResourceSelector) -> impl AsyncResult<ResourceSelector> + Send {
        let _ = cx;
        async { Ok(declared) }
    }

    /// One item. What is changed in `input.item` is what Velero restores.
    fn execute(&self, input: &mut RestoreInput) -> impl AsyncResult<RestoreOutputV2> + Send;

    /// Asked again and again after an `execute` that said
    /// [`wait_for_additional_items`](RestoreOutputV2::wait_for_additional_items), until it is true or the
    /// time is over. True unless you say otherwise.
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
/// Implemented by the struct that has the attribute; it is found there by itself. Nothing that the
/// process keeps in memory lives from the restore to these calls: Velero asks from another process.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not implement `RestoreOperations`",
    note = "asynchronous operations need `type OperationId` and `async fn progress(&self, operation: &Self::OperationId, restore: &Restore) -> Result<OperationProgress>`"
)]
pub trait RestoreOperations: RestoreItemActionV2 {
    /// What [`RestoreOutputV2::operation`] was given, as it comes back. What does not parse is answered
    /// with Velero's `operation ID X is invalid`.
    type OperationId: FromStr + Display + Send + Sync;

    /// How far the operation has come. An error fails the operation: Velero does not ask again
    /// (`pkg/controller/restore_operations_controller.go`).
    fn progress(
        &self,
        operation: &Self::OperationId,
        restore: &Restore,
    ) -> impl AsyncResult<OperationProgress> + Send;

    /// Asks the operation to end early. Does nothing unless you say what.
    fn cancel(&self, operation: &Self::OperationId, restore: &Restore) -> impl AsyncResult<()> + Send {
        let _ = (operation, restore);
        async { Ok(()) }
    }
}

/// Found by [`Probe`]: the inherent method comes before that of `NoOperations`.
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

/// What the registry keeps of one.
pub(crate) trait Handler: Send + Sync {
    fn execute<'a>(&'a self, input: &'a mut RestoreInput) -> BoxFuture<'a, Result<RestoreOutputV2>>;
    fn progress<'a>(&'a self, id: &'a str, restore: &'a Restore) -> BoxFuture<'a, Result<OperationProgress>>;
    fn cancel<'a>(&'a self, id: &'a str, restore: &'a Restore) -> BoxFuture<'a, Result<()>>;
    /// Whether an operation that it starts can be asked after.
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
    /// A [`RestoreItemActionV2`] of this name that starts no operations; `new` makes it.
    #[track_caller]
    pub fn restore_item_action_v2<T: RestoreItemActionV2, Form>(
        name: impl Into<String>,
        new: impl Constructor<T, Form>,
    ) -> Self {
        Self::__restore_item_action_v2(name, new, || None)
    }

    /// A [`RestoreItemActionV2`] of this name with asynchronous operations; `new` makes it.
    #[track_caller]
    pub fn restore_item_action_v2_with_operations<T: RestoreOperations, Form>(
        name: impl Into<String>,
        new: impl Constructor<T, Form>,
    ) -> Self {
        Self::__restore_item_action_v2(name, new, || Probe::<T>::new().restore_operations())
    }

    /// What the attribute calls: with operations where the type has them.
    #[doc(hidden)]
    #[track_caller]
    pub fn __restore_item_action_v2<T: RestoreItemActionV2, Form>(
        name: impl Into<String>,
        new: impl Constructor<T, Form>,
        operations: fn() -> Option<Operations<T, Restore>>,
    ) -> Self {
        Self::new(Kind::RestoreItemActionV2, name.into(), new, move |action: Arc<T>| {
            Arc::new(Action { action, operations: operations() }) as Arc<dyn Handler>
        })
        .choosing(|cx, declared| Box::pin(async move { T::applies_to(&cx, declared).await }))
    }
}
