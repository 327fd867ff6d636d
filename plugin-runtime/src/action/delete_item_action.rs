use std::sync::Arc;

use plugwright_model::Kind;

use crate::action::AsyncResult;
use crate::declare::{Constructor, Declaration};
use crate::types::{DeleteInput, ResourceSelector};
use crate::{Context, Result};
use go_plugin::BoxFuture;

/// Is called for each item of a backup that is being deleted, to clean up what the backup left
/// elsewhere.
///
/// Declared by [`#[delete_item_action]`](macro@crate::delete_item_action). Velero 1.5 and later.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not implement `DeleteItemAction`",
    label = "this struct needs `impl DeleteItemAction for {Self}`",
    note = "its one required method: `async fn execute(&self, input: &DeleteInput) -> Result<()>`",
    note = "if it implements another trait of a plugin, use the attribute of that name: `BackupItemAction` goes with `#[backup_item_action]`"
)]
pub trait DeleteItemAction: Sized + Send + Sync + 'static {
    /// Which items this action wants to see: `declared`, what the attribute says, unless you override
    /// this to decide at run time.
    ///
    /// It has no `self`: Velero asks before there is an item, and gives up everything if the answer is an error.
    fn applies_to(cx: &Context, declared: ResourceSelector) -> impl AsyncResult<ResourceSelector> + Send {
        let _ = cx;
        async { Ok(declared) }
    }

    /// One item. An error is logged by Velero and does not keep the backup from being deleted.
    fn execute(&self, input: &DeleteInput) -> impl AsyncResult<()> + Send;
}

/// What the registry keeps of one.
pub(crate) trait Handler: Send + Sync {
    fn execute<'a>(&'a self, input: &'a DeleteInput) -> BoxFuture<'a, Result<()>>;
}

impl<T: DeleteItemAction> Handler for T {
    fn execute<'a>(&'a self, input: &'a DeleteInput) -> BoxFuture<'a, Result<()>> {
        Box::pin(DeleteItemAction::execute(self, input))
    }
}

impl Declaration {
    /// A [`DeleteItemAction`] of this name; `new` makes it.
    #[track_caller]
    pub fn delete_item_action<T: DeleteItemAction, Form>(
        name: impl Into<String>,
        new: impl Constructor<T, Form>,
    ) -> Self {
        Self::new(Kind::DeleteItemAction, name.into(), new, |action: Arc<T>| action as Arc<dyn Handler>)
            .choosing(|cx, declared| Box::pin(async move { T::applies_to(&cx, declared).await }))
    }
}
