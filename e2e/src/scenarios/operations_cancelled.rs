//! Velero cancels operations that exceed the timeout of the backup or restore.

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use super::config_maps;
use crate::site::Site;

pub(crate) async fn play(site: &Site<'_>) -> Result<()> {
    let namespace = site.namespace("endless").await?;
    let maps = [("backed-up-for-ever", "backup-endless"), ("restored-for-ever", "restore-endless")];
    let objects = config_maps::make(site, &namespace, &maps).await?;

    let spec = json!({"includedNamespaces": [namespace], "itemOperationTimeout": "1s"});
    let backup = site.backup("b-endless", spec).await?;
    backup.is("PartiallyFailed")?;
    let failed = backup.count("backupItemOperationsFailed");
    ensure!(failed == 1, "expected one failed operation, found {failed}");
    site.saw_end("backup", &backup);
    let operations = site.velero.store.text("backups", "b-endless", "b-endless-itemoperations.json.gz")?;
    check(site, "backup", &operations)?;
    // The plugin logs this, so Velero's call has reached it.
    site.logged("cancelled for a backup: backed-up-for-ever").await?;

    for object in &objects {
        site.objects.delete(object).await?;
    }
    let restore =
        site.restore("r-endless", json!({"backupName": "b-endless", "itemOperationTimeout": "1s"})).await?;
    restore.is("PartiallyFailed")?;
    let failed = restore.count("restoreItemOperationsFailed");
    ensure!(failed == 1, "expected one failed operation, found {failed}");
    site.saw_end("restore", &restore);
    let operations =
        site.velero.store.text("restores", "r-endless", "restore-r-endless-itemoperations.json.gz")?;
    check(site, "restore", &operations)?;
    site.logged("cancelled for a restore: restored-for-ever").await?;
    Ok(())
}

fn check(site: &Site<'_>, of: &str, operations: &str) -> Result<()> {
    let operations: Vec<Value> = serde_json::from_str(operations)?;
    let status = operations.first().map(|operation| operation["status"].clone()).unwrap_or_default();
    ensure!(
        status["phase"] == "Failed" && status["error"] == "Asynchronous action timed out",
        "unexpected status {status}"
    );
    ensure!(status["nCompleted"] == 1 && status["nTotal"] == 9, "unexpected status {status}");
    site.saw(&format!("operation of the {of}"), json!([status["phase"], status["error"]]));
    Ok(())
}
