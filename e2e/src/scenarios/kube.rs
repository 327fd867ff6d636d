//! A plugin requests objects during a restore: the Backup, its storage location, credentials, and an object that is created later.

use anyhow::{Context, Result, ensure};
use plugwright_local_velero::BUCKET;
use serde_json::json;

use super::config_maps::config_map;
use crate::site::Site;

pub(crate) async fn play(site: &Site<'_>) -> Result<()> {
    let (namespace, target) = (site.namespace("asks").await?, site.namespace("asks-copy").await?);
    let mut item = config_map(&namespace, "item");
    item["metadata"]["labels"] = json!({"e2e": "asks"});
    site.objects.create(&item).await?;
    let metadata = json!({"name": "b-asks", "labels": {"e2e": "labelled"}});
    site.velero_object("Backup", metadata, json!({"includedNamespaces": [namespace]}))
        .await?
        .is("Completed")?;

    let spec =
        json!({"backupName": "b-asks", "namespaceMapping": {&*namespace: target}, "restorePVs": false});
    let restore = site.start("Restore", json!({"name": "r-asks"}), spec).await?;
    let mut signal = config_map(&target, "signal");
    signal["data"] = json!({"given": "a sign"});
    site.objects.create(&signal).await?;
    site.ended("Restore", &restore).await?.is("Completed")?;

    let mut copy = item;
    copy["metadata"]["namespace"] = json!(target);
    let live = site.objects.live(&copy).await?.context("the item was not restored")?;
    let annotations = live.metadata.annotations.unwrap_or_default();
    for (name, expected) in [
        ("backup", "b-asks"),
        ("backup-label", "labelled"),
        ("provider", "example.io/object-store-plugin"),
        ("bucket", BUCKET),
        ("credentials", site.velero.downloads.secret()),
        ("target-namespace", &target),
        ("restores-pvs", "false"),
        ("given", "a sign"),
        (
            "never",
            &format!(
                "waiting for /api/v1/namespaces/{target}/configmaps/never, which does not exist: timed out after 100ms"
            ),
        ),
    ] {
        let found = annotations.get(&format!("e2e.plugwright.dev/{name}")).map(String::as_str);
        ensure!(found == Some(expected), "{name} is {found:?}, not {expected:?}");
    }
    Ok(())
}
