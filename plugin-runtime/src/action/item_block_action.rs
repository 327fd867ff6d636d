use std::sync::Arc;

use crate::action::AsyncResult;
use crate::declare::{Constructor, Declaration};
use crate::hosts::services;
use crate::types::{ItemBlockInput, ResourceIdentifier, ResourceSelector};
use crate::{Context, Result};
use go_plugin::BoxFuture;

/// Returns the items that must be backed up in the same block as an item, before any action runs on them.
///
/// Declared by [`#[item_block_action]`](macro@crate::item_block_action). Requires Velero 1.15 or later; an
/// older host rejects the whole binary.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not implement `ItemBlockAction`",
    label = "this struct needs `impl ItemBlockAction for {Self}`",
    note = "its one required method: `async fn get_related_items(&self, input: &ItemBlockInput) -> Result<Vec<ResourceIdentifier>>`",
    note = "for another plugin trait, use its attribute: `BackupItemAction` goes with `#[backup_item_action]`"
)]
pub trait ItemBlockAction: Sized + Send + Sync + 'static {
    /// Selects the items for this action: by default `declared`, the attribute's selection. Override it to
    /// decide at run time.
    ///
    /// It has no `self`: Velero calls it before the first item, and an error aborts the whole backup.
    fn applies_to(cx: &Context, declared: ResourceSelector) -> impl AsyncResult<ResourceSelector> + Send {
        let _ = cx;
        async { Ok(declared) }
    }

    /// Returns the items that belong to the same block as `input.item`.
    fn get_related_items(&self, input: &ItemBlockInput) -> impl AsyncResult<Vec<ResourceIdentifier>> + Send;
}

/// The registry's entry for an item block action.
pub(crate) trait Handler: Send + Sync {
    fn get_related_items<'a>(
        &'a self,
        input: &'a ItemBlockInput,
    ) -> BoxFuture<'a, Result<Vec<ResourceIdentifier>>>;
}

impl<T: ItemBlockAction> Handler for T {
    fn get_related_items<'a>(
        &'a self,
        input: &'a ItemBlockInput,
    ) -> BoxFuture<'a, Result<Vec<ResourceIdentifier>>> {
        Box::pin(ItemBlockAction::get_related_items(self, input))
    }
}

impl Declaration {
    /// Declares an [`ItemBlockAction`] of this name, constructed by `new`.
    #[track_caller]
    pub fn item_block_action<T: ItemBlockAction, Form>(
        name: impl Into<String>,
        new: impl Constructor<T, Form>,
    ) -> Self {
        Self::new(&services::ITEM_BLOCK_ACTION, name.into(), new, |action: Arc<T>| action as Arc<dyn Handler>)
            .choosing(|cx, declared| Box::pin(async move { T::applies_to(&cx, declared).await }))
    }
}
