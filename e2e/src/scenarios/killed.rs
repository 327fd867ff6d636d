//! The plugin's process is killed in the middle of a backup. The item that it has at that moment is lost, and so is what Velero asks
//! for until it notices; then it starts the process again (pkg/plugin/clientmgmt/process/restartable_process.go).

use anyhow::{Result, ensure};
use rustix::process::{Signal, kill_process};
use serde_json::json;

use super::config_maps;
use crate::scenario::Plugins;
use crate::site::Site;

/// Enough for Velero to notice that the process has ended before it asks for the last one.
const LATER: usize = 40;

pub(crate) async fn play(site: &Site<'_>) -> Result<()> {
    let namespace = site.namespace("killed").await?;
    let later: Vec<_> = (0..LATER).map(|number| format!("c-after-{number:02}")).collect();
    let mut maps = vec![("a-before", ""), ("b-killed", "backup-wait")];
    maps.extend(later.iter().map(|name| (&**name, "")));
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
    // How many errors there are depends on when Velero notices.
    site.saw("phases of the backup", backup.phases.clone());
    let items = config_maps::in_backup(site, "b-killed")?;
    let has = |name: &str| items.iter().any(|item| item == name);
    ensure!(has("a-before") && !has("b-killed"), "the tarball has {items:?}");
    ensure!(later.last().is_some_and(|last| has(last)), "after the kill nothing was backed up: {items:?}");
    let log = site.velero.store.log("backups", "b-killed")?;
    let restarts =
        log.iter().filter(|record| record.has_message("Plugin process exited - restarting.")).count();
    ensure!(restarts == 1, "Velero has started the plugin {restarts} times again");
    Ok(())
}
