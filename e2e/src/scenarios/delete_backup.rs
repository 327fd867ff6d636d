//! A backup is deleted: delete item actions are called for each item, and the store contains no more files of it.

use anyhow::{Result, ensure};
use plugwright_local_velero::until;
use serde_json::json;

use super::config_maps;
use crate::site::Site;

pub(crate) async fn play(site: &Site<'_>) -> Result<()> {
    let namespace = site.namespace("doomed").await?;
    config_maps::make(site, &namespace, &[("first", ""), ("second", "")]).await?;
    site.backup("b-doomed", json!({"includedNamespaces": [namespace]})).await?.is("Completed")?;
    site.restore("r-doomed", json!({"backupName": "b-doomed"})).await?.is("Completed")?;
    for (kind, name) in [("backups", "b-doomed"), ("restores", "r-doomed")] {
        ensure!(!site.velero.store.keys(kind, name)?.is_empty(), "the store contains no files of {name}");
    }
    let items = site.velero.store.items("b-doomed")?.len();

    site.start("DeleteBackupRequest", json!({"name": "d-doomed"}), json!({"backupName": "b-doomed"})).await?;
    let backups = site.velero_api("Backup");
    until("the backup is deleted", async || Ok(backups.get_opt("b-doomed").await?.is_none().then_some(())))
        .await?;
    for name in ["first", "second"] {
        let times = site.logged(&format!("deleted with its backup: {name}")).await?;
        ensure!(times == 1, "expected one call for {name}, found {times}");
    }
    // The example's plugin logs this for every item, including the namespace.
    let times = site.logged("Hello from my DeletePlugin!").await?;
    ensure!(times == items, "expected {items} calls to the example's plugin, found {times}");
    site.saw("items", items);

    let restores = site.velero_api("Restore");
    until("the restore is deleted", async || Ok(restores.get_opt("r-doomed").await?.is_none().then_some(())))
        .await?;
    for (kind, name) in [("backups", "b-doomed"), ("restores", "r-doomed")] {
        let keys = site.velero.store.keys(kind, name)?;
        ensure!(keys.is_empty(), "{name} is deleted, but the store still contains {keys:?}");
    }
    Ok(())
}
