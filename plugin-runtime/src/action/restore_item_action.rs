use std::sync::Arc;

use plugwright_model::Kind;

use crate::action::AsyncResult;
use crate::declare::{Constructor, Declaration};
use crate::types::{ResourceSelector, RestoreInput, RestoreOutput};
use crate::{Context, Result};
use go_plugin::BoxFuture;

/// Looks at, and may change or skip, each item before it is restored.
///
/// Declared by [`#[restore_item_action]`](macro@crate::restore_item_action). Served to every Velero
/// since 1.0.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not implement `RestoreItemAction`",
    label = "this struct needs `impl RestoreItemAction for {Self}`",
    note = "its one required method: `async fn execute(&self, input: &mut RestoreInput) -> Result<RestoreOutput>`",
    note = "if it implements another trait of a plugin, use the attribute of that name: `RestoreItemActionV2` goes with `#[restore_item_action_v2]`, `BackupItemAction` with `#[backup_item_action]`"
)]
pub trait RestoreItemAction: Sized + Send + Sync + 'static {
    /// Which items this action wants to see: `declared`, what the attribute says, unless you override
    /// this to decide at run time. Velero asks once in each restore.
    ///
    /// It has no `self`: Velero asks before there is an item, and gives up everything if the answer is an error.
    fn applies_to(cx: &Context, declared: ResourceSelector) -> impl AsyncResult<ResourceSelector> + Send {
        let _ = cx;
        async { Ok(declared) }
    }

    /// One item. What is changed in `input.item` is what Velero restores.
    fn execute(&self, input: &mut RestoreInput) -> impl AsyncResult<RestoreOutput> + Send;
}

/// What the registry keeps of one.
pub(crate) trait Handler: Send + Sync {
    fn execute<'a>(&'a self, input: &'a mut RestoreInput) -> BoxFuture<'a, Result<RestoreOutput>>;
}

impl<T: RestoreItemAction> Handler for T {
    fn execute<'a>(&'a self, input: &'a mut RestoreInput) -> BoxFuture<'a, Result<RestoreOutput>> {
        Box::pin(RestoreItemAction::execute(self, input))
    }
}

impl Declaration {
    /// A [`RestoreItemAction`] of this name; `new` makes it.
    #[track_caller]
    pub fn restore_item_action<T: RestoreItemAction, Form>(
        name: impl Into<String>,
        new: impl Constructor<T, Form>,
    ) -> Self {
        Self::new(Kind::RestoreItemAction, name.into(), new, |action: Arc<T>| action as Arc<dyn Handler>)
            .choosing(|cx, declared| Box::pin(async move { T::applies_to(&cx, declared).await }))
    }
}
