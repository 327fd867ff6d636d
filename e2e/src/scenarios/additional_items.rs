//! Actions return additional items that neither the backup nor the restore selects.

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use super::config_maps;
use crate::site::Site;

pub(crate) async fn play(site: &Site<'_>) -> Result<()> {
    let namespace = site.namespace("more").await?;
    let mut objects: Vec<Value> = Vec::new();
    for (name, wish) in [
        ("asks-in-backup", "backup-additional:in-backup"),
        ("asks-in-restore", "restore-additional:in-restore"),
    ] {
        let mut object = config_maps::config_map(&namespace, name);
        object["metadata"]["annotations"] = json!({config_maps::DO: wish});
        object["metadata"]["labels"] = json!({"chosen": "yes"});
        site.objects.create(&object).await?;
        objects.push(object);
    }
    objects.extend(
        config_maps::make(site, &namespace, &[("in-backup", ""), ("in-restore", ""), ("unasked", "")])
            .await?,
    );

    let chosen = json!({"matchLabels": {"chosen": "yes"}});
    let backup =
        site.backup("b-more", json!({"includedNamespaces": [namespace], "labelSelector": chosen})).await?;
    backup.is("Completed")?;
    site.saw_end("backup", &backup);
    let items = config_maps::in_backup(site, "b-more")?;
    ensure!(items == ["asks-in-backup", "asks-in-restore", "in-backup"], "found {items:?} in the tarball");

    site.backup("b-all", json!({"includedNamespaces": [namespace]})).await?.is("Completed")?;
    for object in &objects {
        site.objects.delete(object).await?;
    }
    let restore = site.restore("r-more", json!({"backupName": "b-all", "labelSelector": chosen})).await?;
    restore.is("Completed")?;
    site.saw_end("restore", &restore);
    let live = config_maps::live(site, &namespace).await?;
    ensure!(live == ["asks-in-backup", "asks-in-restore", "in-restore"], "restored {live:?}");
    Ok(())
}
