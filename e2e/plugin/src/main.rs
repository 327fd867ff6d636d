//! Test plugins for behaviour that the example lacks: panics, waits, skips, additional items, log records, operations that
//! never complete.
//!
//! The annotation [`DO`] of a ConfigMap selects the behaviour. `conformance/velero/twin/e2e` has the same plugins in Go.

use std::time::Duration;

use plugwright::prelude::*;
use tracing::{debug, error, info, warn};

/// `<verb>` or `<verb>:<name of another ConfigMap>`.
const DO: &str = "e2e.plugwright.dev/do";

/// The duration of `slow`, which also sets the annotations.
const SLOW: Duration = Duration::from_millis(25);
const BACKED_UP: &str = "e2e.plugwright.dev/backed-up";
const RESTORED: &str = "e2e.plugwright.dev/restored";

/// The verb and name in the item's annotation.
fn wish(item: &Item) -> (&str, &str) {
    let wish = item.annotation(DO).unwrap_or_default();
    wish.split_once(':').unwrap_or((wish, ""))
}

/// A ConfigMap in the item's namespace.
fn neighbour(item: &Item, name: &str) -> ResourceIdentifier {
    ResourceIdentifier::new("configmaps", item.namespace(), name)
}

#[backup_item_action(name = "e2e.plugwright.dev/backup", included_resources = ["configmaps"])]
async fn backup(input: &mut BackupInput) -> Result<BackupOutput> {
    let item = &input.item;
    match wish(item) {
        ("backup-panic", _) => panic!("panic requested"),
        ("backup-error", _) => bail!("error requested"),
        ("backup-additional", name) => {
            return Ok(BackupOutput::backup().additional_items([neighbour(item, name)]));
        }
        ("backup-wait", _) => {
            // The test kills this process during the wait.
            info!("waiting");
            tokio::time::sleep(Duration::from_secs(60)).await;
            bail!("expected to be killed");
        }
        ("slow", _) => {
            tokio::time::sleep(SLOW).await;
            input.item.set_annotation(BACKED_UP, "1");
        }
        ("backup-log", _) => {
            debug!("a debug record");
            info!(answer = 42, "an info record");
            warn!("a warn record");
            error!("an error record");
        }
        _ => {}
    }
    Ok(BackupOutput::backup())
}

#[restore_item_action(name = "e2e.plugwright.dev/restore", included_resources = ["configmaps"])]
async fn restore(input: &mut RestoreInput) -> Result<RestoreOutput> {
    let item = &input.item;
    match wish(item) {
        ("restore-panic", _) => panic!("panic requested"),
        ("restore-skip", _) => Ok(RestoreOutput::skip()),
        ("restore-additional", name) => {
            Ok(RestoreOutput::restore().additional_items([neighbour(item, name)]))
        }
        ("slow", _) => {
            tokio::time::sleep(SLOW).await;
            input.item.set_annotation(RESTORED, "1");
            Ok(RestoreOutput::restore())
        }
        _ => Ok(RestoreOutput::restore()),
    }
}

/// Starts an operation that runs until it is cancelled.
#[backup_item_action_v2(name = "e2e.plugwright.dev/backup-v2", included_resources = ["configmaps"])]
#[restore_item_action_v2(name = "e2e.plugwright.dev/restore-v2", included_resources = ["configmaps"])]
#[derive(Default)]
struct Endless;

impl BackupItemActionV2 for Endless {
    async fn execute(&self, input: &mut BackupInput) -> Result<BackupOutputV2> {
        let output = BackupOutputV2::backup();
        let item = &input.item;
        Ok(if wish(item).0 == "backup-endless" { output.operation(item.name()) } else { output })
    }
}

impl RestoreItemActionV2 for Endless {
    async fn execute(&self, input: &mut RestoreInput) -> Result<RestoreOutputV2> {
        let output = RestoreOutputV2::restore();
        let item = &input.item;
        Ok(if wish(item).0 == "restore-endless" { output.operation(item.name()) } else { output })
    }
}

impl BackupOperations for Endless {
    type OperationId = String;

    async fn progress(&self, _: &String, _: &Backup) -> Result<OperationProgress> {
        Ok(under_way())
    }

    async fn cancel(&self, operation: &String, _: &Backup) -> Result<()> {
        info!("cancelled for a backup: {operation}");
        Ok(())
    }
}

impl RestoreOperations for Endless {
    type OperationId = String;

    async fn progress(&self, _: &String, _: &Restore) -> Result<OperationProgress> {
        Ok(under_way())
    }

    async fn cancel(&self, operation: &String, _: &Restore) -> Result<()> {
        info!("cancelled for a restore: {operation}");
        Ok(())
    }
}

fn under_way() -> OperationProgress {
    OperationProgress {
        done: 1,
        total: 9,
        units: "pieces".into(),
        started: Some(Time::now()),
        updated: Some(Time::now()),
        ..OperationProgress::default()
    }
}

#[item_block_action(name = "e2e.plugwright.dev/item-block", included_resources = ["configmaps"])]
async fn item_block(input: &ItemBlockInput) -> Result<Vec<ResourceIdentifier>> {
    let item = &input.item;
    match wish(item) {
        ("block-with", name) => Ok(vec![neighbour(item, name)]),
        _ => Ok(Vec::new()),
    }
}

#[delete_item_action(name = "e2e.plugwright.dev/delete", included_resources = ["configmaps"])]
async fn delete(input: &DeleteInput) -> Result<()> {
    info!("deleted with its backup: {}", input.item.name());
    Ok(())
}

plugwright::main!();
