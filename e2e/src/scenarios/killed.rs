//! The plugin's process is killed in the middle of a backup. The item that it has at that moment is lost; for the next one Velero starts
//! the process again (pkg/plugin/clientmgmt/process/restartable_process.go).

use anyhow::{Result, ensure};
use rustix::process::{Signal, kill_process};
use serde_json::json;

use super::config_maps;
use crate::scenario::Plugins;
use crate::site::Site;

pub(crate) async fn play(site: &Site<'_>) -> Result<()> {
    let namespace = site.namespace("killed").await?;
    let maps = [("a-before", ""), ("b-killed", "backup-wait"), ("c-after", "")];
    config_maps::make(site, &namespace, &maps).await?;
    let backup =
        site.start("Backup", json!({"name": "b-killed"}), json!({"includedNamespaces": [namespace]})).await?;
    site.logged("waiting").await?;
    let file = Plugins::Test.files(site.side).last().copied().unwrap_or_default();
    let processes = site.velero.plugin_processes(file)?;
    ensure!(processes.len() == 1, "{} processes of the plugin", processes.len());
    for process in processes {
        kill_process(process, Signal::KILL)?;
    }

    let backup = site.ended("Backup", &backup).await?;
    backup.is("PartiallyFailed")?;
    ensure!(backup.count("errors") == 1, "{} errors", backup.count("errors"));
    site.saw_end("backup", &backup);
    let items = config_maps::in_backup(site, "b-killed")?;
    ensure!(items == ["a-before", "c-after"], "the tarball has {items:?}");
    let log = site.velero.store.log("backups", "b-killed")?;
    let restarts =
        log.iter().filter(|record| record.message() == "Plugin process exited - restarting.").count();
    ensure!(restarts == 1, "Velero has started the plugin {restarts} times again");
    Ok(())
}
