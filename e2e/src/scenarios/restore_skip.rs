//! A restore item action skips an item.

use anyhow::{Result, ensure};
use serde_json::json;

use super::config_maps;
use crate::site::Site;

pub(crate) async fn play(site: &Site<'_>) -> Result<()> {
    let namespace = site.namespace("skips").await?;
    let objects = config_maps::make(site, &namespace, &[("kept", ""), ("skipped", "restore-skip")]).await?;
    site.backup("b-skips", json!({"includedNamespaces": [namespace]})).await?.is("Completed")?;
    let items = config_maps::in_backup(site, "b-skips")?;
    ensure!(items == ["kept", "skipped"], "found {items:?} in the tarball");

    for object in &objects {
        site.objects.delete(object).await?;
    }
    let restore = site.restore("r-skips", json!({"backupName": "b-skips"})).await?;
    restore.is("Completed")?;
    site.saw_end("restore", &restore);
    let live = config_maps::live(site, &namespace).await?;
    ensure!(live == ["kept"], "restored {live:?}");
    Ok(())
}
