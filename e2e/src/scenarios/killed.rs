//! The plugin's process is killed in the middle of a backup. The item that it has at that moment is lost, and so is what Velero asks
//! for until it notices; then it starts the process again (`pkg/plugin/clientmgmt/process/restartable_process.go`). Each of the lost
//! items is an error of the backup, and the next backup has them all.

use anyhow::{Result, ensure};
use rustix::process::{Signal, kill_process};
use serde_json::json;

use super::config_maps;
use crate::scenario::Plugins;
use crate::site::Site;

pub(crate) async fn play(site: &Site<'_>) -> Result<()> {
    let namespace = site.namespace("killed").await?;
    let maps = [("a-before", ""), ("b-killed", "backup-wait"), ("c-after", ""), ("d-after", "")];
    let objects = config_maps::make(site, &namespace, &maps).await?;
    let spec = json!({"includedNamespaces": [namespace]});
    let backup = site.start("Backup", json!({"name": "b-killed"}), spec.clone()).await?;
    site.logged("waiting").await?;
    let file = Plugins::Test.files(site.side).last().copied().unwrap_or_default();
    let processes = site.velero.plugin_processes(file)?;
    ensure!(processes.len() == 1, "{} processes of the plugin", processes.len());
    for process in processes {
        kill_process(process, Signal::KILL)?;
    }

    let backup = site.ended("Backup", &backup).await?;
    backup.is("PartiallyFailed")?;
    // How many errors there are depends on when Velero notices.
    site.saw("phases of the backup", backup.phases.clone());
    let items = config_maps::in_backup(site, "b-killed")?;
    let log = site.velero.store.log("backups", "b-killed")?;
    for (name, _) in maps {
        let is_in = items.iter().any(|item| item == name);
        let is_error = log.iter().any(|record| record.get("level") == "error" && record.get("name") == name);
        ensure!(is_in != is_error, "{name}: in the tarball {is_in}, an error {is_error}");
    }
    ensure!(items.iter().any(|item| item == "a-before"), "the tarball has {items:?}");
    ensure!(!items.iter().any(|item| item == "b-killed"), "the tarball has {items:?}");

    site.objects.delete(&objects[1]).await?;
    config_maps::make(site, &namespace, &[("b-killed", "")]).await?;
    let backup = site.backup("b-revived", spec).await?;
    backup.is("Completed")?;
    let items = config_maps::in_backup(site, "b-revived")?;
    ensure!(items == maps.map(|(name, _)| name), "the tarball has {items:?}");
    site.saw_end("next backup", &backup);
    Ok(())
}
