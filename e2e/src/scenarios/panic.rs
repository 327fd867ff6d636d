//! A plugin panics on one item of a backup and of a restore. The other items succeed, in the same process.

use anyhow::{Result, ensure};
use serde_json::json;

use super::config_maps;
use crate::site::Site;

pub(crate) async fn play(site: &Site<'_>) -> Result<()> {
    let namespace = site.namespace("panics").await?;
    let maps = [
        ("a-before", ""),
        ("b-panics", "backup-panic"),
        ("c-after", ""),
        ("d-restored", "restore-panic"),
        ("e-last", ""),
    ];
    let objects = config_maps::make(site, &namespace, &maps).await?;

    let backup = site.backup("b-panics", json!({"includedNamespaces": [namespace]})).await?;
    backup.is("PartiallyFailed")?;
    ensure!(backup.count("errors") == 1, "{} errors", backup.count("errors"));
    site.saw_end("backup", &backup);
    let items = config_maps::in_backup(site, "b-panics")?;
    ensure!(items == ["a-before", "c-after", "d-restored", "e-last"], "found {items:?} in the tarball");
    let log = site.velero.store.log("backups", "b-panics")?;
    let error = log.iter().find(|record| {
        record.get("level") == "error" && record.get("error.message").contains("panic requested")
    });
    ensure!(
        error.is_some_and(|record| record.get("name") == "b-panics"),
        "found the error {error:?} in the log"
    );
    ensure!(
        !log.iter().any(|record| record.has_message("Plugin process exited - restarting.")),
        "the plugin's process was restarted"
    );

    for object in &objects {
        site.objects.delete(object).await?;
    }
    let restore = site.restore("r-panics", json!({"backupName": "b-panics"})).await?;
    restore.is("PartiallyFailed")?;
    ensure!(restore.count("errors") == 1, "{} errors", restore.count("errors"));
    site.saw_end("restore", &restore);
    let live = config_maps::live(site, &namespace).await?;
    ensure!(live == ["a-before", "c-after", "e-last"], "restored {live:?}");
    Ok(())
}
