//! Actions start an operation for a backup and one for a restore. Velero polls their progress until they complete, each time in a new
//! process of the plugin.

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use super::config_maps;
use crate::site::Site;

pub(crate) async fn play(site: &Site<'_>) -> Result<()> {
    let namespace = site.namespace("operations").await?;
    config_maps::make(site, &namespace, &[("quick", "")]).await?;
    let mut slow = config_maps::config_map(&namespace, "slow");
    slow["metadata"]["annotations"] = json!({"velero.io/example-bia-operation-duration": "3s", "velero.io/example-ria-operation-duration": "2s"});
    site.objects.create(&slow).await?;

    let backup = site.backup("b-operations", json!({"includedNamespaces": [namespace]})).await?;
    backup.is("Completed")?;
    for phase in ["WaitingForPluginOperations", "Finalizing"] {
        ensure!(backup.phases.iter().any(|seen| seen == phase), "no {phase} in {:?}", backup.phases);
    }
    let counts = ["Attempted", "Completed"].map(|end| backup.count(&format!("backupItemOperations{end}")));
    ensure!(counts == [1, 1], "operations attempted and completed: {counts:?}");
    site.saw_end("backup", &backup);
    let operations =
        site.velero.store.text("backups", "b-operations", "b-operations-itemoperations.json.gz")?;
    check(site, "backup", &operations, "example.io/backup-pluginv2", 3)?;

    site.objects.delete(&slow).await?;
    let restore = site.restore("r-operations", json!({"backupName": "b-operations"})).await?;
    restore.is("Completed")?;
    ensure!(restore.phases.iter().any(|phase| phase == "WaitingForPluginOperations"), "{:?}", restore.phases);
    let counts = ["Attempted", "Completed"].map(|end| restore.count(&format!("restoreItemOperations{end}")));
    ensure!(counts == [1, 1], "operations attempted and completed: {counts:?}");
    site.saw_end("restore", &restore);
    let operations =
        site.velero.store.text("restores", "r-operations", "restore-r-operations-itemoperations.json.gz")?;
    check(site, "restore", &operations, "example.io/restore-pluginv2", 2)
}

/// Checks that the plugin's only operation took this many seconds.
fn check(site: &Site<'_>, of: &str, operations: &str, plugin: &str, took: u64) -> Result<()> {
    let operations: Vec<Value> = serde_json::from_str(operations)?;
    let [operation] = &*operations else { anyhow::bail!("expected one operation, found {operations:?}") };
    let (spec, status) = (&operation["spec"], &operation["status"]);
    let action = spec.get("backupItemAction").or(spec.get("restoreItemAction"));
    ensure!(action == Some(&json!(plugin)), "unexpected action {action:?}");
    ensure!(status["phase"] == "Completed", "unexpected status {status}");
    ensure!(status["nCompleted"] == took && status["nTotal"] == took, "unexpected status {status}");
    ensure!(status["started"].is_string() && status["updated"].is_string(), "unexpected status {status}");
    site.saw(
        &format!("operation of the {of}"),
        json!([status["phase"], status["nCompleted"], status["nTotal"], status["operationUnits"]]),
    );
    Ok(())
}
