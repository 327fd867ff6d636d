// One plugin of two kinds: one name, one struct, several traits.
#![deny(warnings)]

use std::sync::atomic::{AtomicUsize, Ordering};

use plugwright::prelude::*;

#[backup_item_action(name = "example.io/accounts", included_resources = ["serviceaccounts"], new = Self::new)]
#[item_block_action(name = "example.io/accounts", included_resources = ["serviceaccounts"], new = Self::new)]
struct Accounts {
    cx: Context,
    seen: AtomicUsize,
}

impl Accounts {
    fn new(cx: &Context) -> Self {
        Self { cx: cx.clone(), seen: AtomicUsize::new(0) }
    }

    fn bindings_of(&self, account: &Item) -> Vec<ResourceIdentifier> {
        self.seen.fetch_add(1, Ordering::Relaxed);
        vec![ResourceIdentifier::new("rolebindings", account.namespace(), self.cx.name())]
    }
}

impl BackupItemAction for Accounts {
    /// Decided at run time, only for this kind.
    async fn applies_to(cx: &Context, declared: ResourceSelector) -> Result<ResourceSelector> {
        Ok(match cx.velero_namespace() {
            Some(namespace) => declared.excluded_namespaces([namespace]),
            None => declared,
        })
    }

    async fn execute(&self, input: &mut BackupInput) -> Result<BackupOutput> {
        Ok(self.bindings_of(&input.item).into_iter().fold(BackupOutput::backup(), BackupOutput::additional_item))
    }
}

impl ItemBlockAction for Accounts {
    async fn get_related_items(&self, input: &ItemBlockInput) -> Result<Vec<ResourceIdentifier>> {
        Ok(self.bindings_of(&input.item))
    }
}

fn main() {
    let cx = Context::for_tests_of::<Accounts>();
    assert_eq!((cx.kind().name(), cx.name()), ("BackupItemAction", "example.io/accounts"));
}
