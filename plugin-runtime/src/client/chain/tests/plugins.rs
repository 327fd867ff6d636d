//! Plugins that follow instructions in an item's `spec`.

use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};

use serde_json::Value;

use crate::{
    Backup, BackupInput, BackupItemAction, BackupItemActionV2, BackupOperations, BackupOutput,
    BackupOutputV2, Declaration, DeleteInput, DeleteItemAction, Item, ItemBlockAction, ItemBlockInput,
    OperationProgress, ResourceIdentifier, Restore, RestoreInput, RestoreItemAction, RestoreItemActionV2,
    RestoreOperations, RestoreOutput, RestoreOutputV2, Result, bail,
};

/// Appends to the item's annotation `way`.
fn visit(item: &mut Item, plugin: &str) {
    let way = item.annotation("way").unwrap_or_default();
    let way = format!("{way}{plugin} ");
    item.set_annotation("way", way);
}

/// Returns the names in `spec.<key>` as secrets in the item's original namespace.
fn secrets(item: &Item, key: &str) -> Vec<ResourceIdentifier> {
    let names = item.get(&format!("/spec/{key}")).and_then(Value::as_array).into_iter().flatten();
    names.filter_map(Value::as_str).map(|name| ResourceIdentifier::new("secrets", "shop", name)).collect()
}

fn says(item: &Item, what: &str) -> bool {
    item.get_str("/spec/do") == Some(what)
}

#[derive(Default)]
pub(super) struct V1;

impl BackupItemAction for V1 {
    async fn execute(&self, input: &mut BackupInput) -> Result<BackupOutput> {
        visit(&mut input.item, "v1");
        if says(&input.item, "fail") {
            bail!("requested by the item");
        }
        if says(&input.item, "skip") {
            return Ok(BackupOutput::skip());
        }
        if says(&input.item, "relabel") {
            input.item.set_label("app", "other");
        }
        let output = BackupOutput::backup().additional_items(secrets(&input.item, "additional"));
        let must = BackupOutput::backup().additional_items(secrets(&input.item, "must"));
        Ok(if says(&input.item, "must") { must.must_include_additional_items() } else { output })
    }
}

impl RestoreItemAction for V1 {
    async fn execute(&self, input: &mut RestoreInput) -> Result<RestoreOutput> {
        visit(&mut input.item, "v1");
        if says(&input.item, "fail") {
            bail!("requested by the item");
        }
        if says(&input.item, "relabel") {
            input.item.set_label("app", "other");
        }
        let output = if says(&input.item, "skip") { RestoreOutput::skip() } else { RestoreOutput::restore() };
        Ok(output.additional_items(secrets(&input.item, "additional")))
    }
}

/// Its operation ends after this many polls.
#[derive(Default)]
pub(super) struct V2 {
    asked: AtomicI64,
    ready: AtomicUsize,
}

impl V2 {
    fn progress(&self, operation: &str) -> Result<OperationProgress> {
        let done = self.asked.fetch_add(1, Ordering::SeqCst) + 1;
        Ok(match operation {
            "ends" if done < 3 => OperationProgress { done, total: 3, ..Default::default() },
            "ends" => OperationProgress { done, ..OperationProgress::succeeded() },
            "fails" => OperationProgress::failed("the disk is gone"),
            "errs" => bail!("nobody knows"),
            _ => OperationProgress { done, ..Default::default() },
        })
    }
}

impl BackupItemActionV2 for V2 {
    async fn execute(&self, input: &mut BackupInput) -> Result<BackupOutputV2> {
        visit(&mut input.item, "v2");
        let output = BackupOutputV2::backup();
        if input.backup.is_finalizing() {
            return Ok(output);
        }
        Ok(match input.item.get_str("/spec/operation") {
            None => output,
            Some(id) => output.operation(id).post_operation_items(secrets(&input.item, "after")),
        })
    }
}

impl BackupOperations for V2 {
    type OperationId = String;

    async fn progress(&self, operation: &String, _: &Backup) -> Result<OperationProgress> {
        V2::progress(self, operation)
    }
}

impl RestoreItemActionV2 for V2 {
    async fn execute(&self, input: &mut RestoreInput) -> Result<RestoreOutputV2> {
        visit(&mut input.item, "v2");
        let mut output = RestoreOutputV2::restore().additional_items(secrets(&input.item, "wait"));
        if let Some(id) = input.item.get_str("/spec/operation") {
            output = output.operation(id);
        }
        Ok(if input.item.get("/spec/wait").is_some() { output.wait_for_additional_items() } else { output })
    }

    async fn are_additional_items_ready(&self, items: &[ResourceIdentifier], _: &Restore) -> Result<bool> {
        Ok(!items.is_empty() && self.ready.fetch_add(1, Ordering::SeqCst) == 2)
    }
}

impl RestoreOperations for V2 {
    type OperationId = String;

    async fn progress(&self, operation: &String, _: &Restore) -> Result<OperationProgress> {
        V2::progress(self, operation)
    }
}

#[derive(Default)]
pub(super) struct Block;

impl ItemBlockAction for Block {
    async fn get_related_items(&self, input: &ItemBlockInput) -> Result<Vec<ResourceIdentifier>> {
        if says(&input.item, "fail") {
            bail!("requested by the item");
        }
        Ok(secrets(&input.item, "related"))
    }
}

#[derive(Default)]
pub(super) struct Delete;

impl DeleteItemAction for Delete {
    async fn execute(&self, input: &DeleteInput) -> Result<()> {
        if says(&input.item, "fail") {
            bail!("requested by the item");
        }
        Ok(())
    }
}

pub(super) fn backup() -> [Declaration; 3] {
    [
        Declaration::item_block_action("a.b/block", Block::default),
        Declaration::backup_item_action("a.b/v1", V1::default),
        Declaration::backup_item_action_v2_with_operations("a.b/v2", V2::default),
    ]
}

pub(super) fn restore() -> [Declaration; 2] {
    [
        Declaration::restore_item_action("a.b/v1", V1::default),
        Declaration::restore_item_action_v2_with_operations("a.b/v2", V2::default),
    ]
}
