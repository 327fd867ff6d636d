//! The plugin's process is killed during a backup. The calls fail until Velero detects the exit and restarts the process
//! (`pkg/plugin/clientmgmt/process/restartable_process.go`). Each failed item is an error of the backup. The next backup contains all
//! items.

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
    let mut processes = site.velero.plugin_processes()?;
    processes.retain(|(_, binary)| binary.ends_with(file));
    ensure!(processes.len() == 1, "expected one process of the plugin, found {}", processes.len());
    for (process, _) in processes {
        kill_process(process, Signal::KILL)?;
    }

    let backup = site.ended("Backup", &backup).await?;
    backup.is("PartiallyFailed")?;
    // The number of errors depends on when Velero detects the exit.
    site.saw("phases of the backup", backup.phases.clone());
    let items = config_maps::in_backup(site, "b-killed")?;
    let log = site.velero.store.log("backups", "b-killed")?;
    for (name, _) in maps {
        let is_in = items.iter().any(|item| item == name);
        let is_error = log.iter().any(|record| record.get("level") == "error" && record.get("name") == name);
        ensure!(
            is_in != is_error,
            "{name}: expected either in the tarball or an error, found {is_in} and {is_error}"
        );
    }
    ensure!(items.iter().any(|item| item == "a-before"), "found {items:?} in the tarball");
    ensure!(!items.iter().any(|item| item == "b-killed"), "found {items:?} in the tarball");

    site.objects.delete(&objects[1]).await?;
    config_maps::make(site, &namespace, &[("b-killed", "")]).await?;
    let backup = site.backup("b-revived", spec).await?;
    backup.is("Completed")?;
    let items = config_maps::in_backup(site, "b-revived")?;
    ensure!(items == maps.map(|(name, _)| name), "found {items:?} in the tarball");
    site.saw_end("next backup", &backup);
    Ok(())
}
