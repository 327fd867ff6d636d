use std::sync::Arc;

use plugwright_model::Kind;

use crate::action::AsyncResult;
use crate::declare::{Constructor, Declaration};
use crate::types::{BackupInput, BackupOutput, ResourceSelector};
use crate::{Context, Result};
use go_plugin::BoxFuture;

/// Looks at, and may change, each item before it is stored in a backup.
///
/// Declared by [`#[backup_item_action]`](macro@crate::backup_item_action). Served to every Velero
/// since 1.0.
///
/// ```
/// use plugwright::prelude::*;
///
/// /// Marks what has been through here.
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
    note = "if it implements another trait of a plugin, use the attribute of that name: `BackupItemActionV2` goes with `#[backup_item_action_v2]`, `RestoreItemAction` with `#[restore_item_action]`"
)]
pub trait BackupItemAction: Sized + Send + Sync + 'static {
    /// Which items this action wants to see: `declared`, what the attribute says, unless you override
    /// this to decide at run time. Velero asks once in each backup.
    ///
    /// It has no `self`: Velero asks before there is an item, and gives up everything if the answer is an error.
    fn applies_to(cx: &Context, declared: ResourceSelector) -> impl AsyncResult<ResourceSelector> + Send {
        let _ = cx;
        async { Ok(declared) }
    }

    /// One item. What is changed in `input.item` is what Velero stores; left alone, the item is stored
    /// byte for byte as it came. An error fails the item, not the backup: it ends PartiallyFailed.
    fn execute(&self, input: &mut BackupInput) -> impl AsyncResult<BackupOutput> + Send;
}

/// What the registry keeps of one.
pub(crate) trait Handler: Send + Sync {
    fn execute<'a>(&'a self, input: &'a mut BackupInput) -> BoxFuture<'a, Result<BackupOutput>>;
}

impl<T: BackupItemAction> Handler for T {
    fn execute<'a>(&'a self, input: &'a mut BackupInput) -> BoxFuture<'a, Result<BackupOutput>> {
        Box::pin(BackupItemAction::execute(self, input))
    }
}

impl Declaration {
    /// A [`BackupItemAction`] of this name; `new` makes it.
    #[track_caller]
    pub fn backup_item_action<T: BackupItemAction, Form>(
        name: impl Into<String>,
        new: impl Constructor<T, Form>,
    ) -> Self {
        Self::new(Kind::BackupItemAction, name.into(), new, |action: Arc<T>| action as Arc<dyn Handler>)
            .choosing(|cx, declared| Box::pin(async move { T::applies_to(&cx, declared).await }))
    }
}
