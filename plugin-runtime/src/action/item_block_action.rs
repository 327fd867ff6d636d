use std::sync::Arc;

use plugwright_model::Kind;

use crate::action::AsyncResult;
use crate::declare::{Constructor, Declaration};
use crate::types::{ItemBlockInput, ResourceIdentifier, ResourceSelector};
use crate::{Context, Result};
use go_plugin::BoxFuture;

/// Says which other items have to be backed up together with one, before any action runs on them.
///
/// Declared by [`#[item_block_action]`](macro@crate::item_block_action). Velero 1.15 and later; an
/// older host refuses the whole binary.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not implement `ItemBlockAction`",
    label = "this struct needs `impl ItemBlockAction for {Self}`",
    note = "its one required method: `async fn get_related_items(&self, input: &ItemBlockInput) -> Result<Vec<ResourceIdentifier>>`",
    note = "if it implements another trait of a plugin, use the attribute of that name: `BackupItemAction` goes with `#[backup_item_action]`"
)]
pub trait ItemBlockAction: Sized + Send + Sync + 'static {
    /// Which items this action wants to see: `declared`, what the attribute says, unless you override
    /// this to decide at run time.
    ///
    /// It has no `self`: Velero asks before there is an item, and gives up everything if the answer is an error.
    fn applies_to(cx: &Context, declared: ResourceSelector) -> impl AsyncResult<ResourceSelector> + Send {
        let _ = cx;
        async { Ok(declared) }
    }

    /// The items that belong into one block with `input.item`.
    fn get_related_items(&self, input: &ItemBlockInput) -> impl AsyncResult<Vec<ResourceIdentifier>> + Send;
}

/// What the registry keeps of one.
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
    /// An [`ItemBlockAction`] of this name; `new` makes it.
    #[track_caller]
    pub fn item_block_action<T: ItemBlockAction, Form>(
        name: impl Into<String>,
        new: impl Constructor<T, Form>,
    ) -> Self {
        Self::new(Kind::ItemBlockAction, name.into(), new, |action: Arc<T>| action as Arc<dyn Handler>)
            .choosing(|cx, declared| Box::pin(async move { T::applies_to(&cx, declared).await }))
    }
}
