use std::sync::Arc;

use crate::action::AsyncResult;
use crate::declare::{Constructor, Declaration};
use crate::hosts::services;
use crate::types::{ResourceSelector, RestoreInput, RestoreOutput};
use crate::{Context, Result};
use go_plugin::BoxFuture;

/// Inspects, and may change or skip, each item before it is restored.
///
/// Declared by [`#[restore_item_action]`](macro@crate::restore_item_action). Served to every Velero
/// since 1.0.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not implement `RestoreItemAction`",
    label = "this struct needs `impl RestoreItemAction for {Self}`",
    note = "its one required method: `async fn execute(&self, input: &mut RestoreInput) -> Result<RestoreOutput>`",
    note = "for another plugin trait, use its attribute: `RestoreItemActionV2` goes with `#[restore_item_action_v2]`, `BackupItemAction` with `#[backup_item_action]`"
)]
pub trait RestoreItemAction: Sized + Send + Sync + 'static {
    /// Selects the items for this action: by default `declared`, the attribute's selection. Override it to
    /// decide at run time. Velero calls it once per restore.
    ///
    /// It has no `self`: Velero calls it before the first item, and an error aborts the whole restore.
    fn applies_to(cx: &Context, declared: ResourceSelector) -> impl AsyncResult<ResourceSelector> + Send {
        let _ = cx;
        async { Ok(declared) }
    }

    /// Processes one item. Velero restores `input.item` with its changes.
    fn execute(&self, input: &mut RestoreInput) -> impl AsyncResult<RestoreOutput> + Send;
}

/// The registry's entry for a restore item action.
pub(crate) trait Handler: Send + Sync {
    fn execute<'a>(&'a self, input: &'a mut RestoreInput) -> BoxFuture<'a, Result<RestoreOutput>>;
}

impl<T: RestoreItemAction> Handler for T {
    fn execute<'a>(&'a self, input: &'a mut RestoreInput) -> BoxFuture<'a, Result<RestoreOutput>> {
        Box::pin(RestoreItemAction::execute(self, input))
    }
}

impl Declaration {
    /// Declares a [`RestoreItemAction`] of this name, constructed by `new`.
    #[track_caller]
    pub fn restore_item_action<T: RestoreItemAction, Form>(
        name: impl Into<String>,
        new: impl Constructor<T, Form>,
    ) -> Self {
        Self::new(&services::RESTORE_ITEM_ACTION, name.into(), new, |action: Arc<T>| {
            action as Arc<dyn Handler>
        })
        .choosing(|cx, declared| Box::pin(async move { T::applies_to(&cx, declared).await }))
    }
}
