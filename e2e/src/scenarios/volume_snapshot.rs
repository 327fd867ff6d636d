//! A backup takes a snapshot of a volume, a restore creates a volume from it, and the deletion of the backup deletes it.
//!
//! The example's snapshotter copies no data, because a volume is only a path. The scenario checks the sequence of calls.

use anyhow::{Context, Result, ensure};
use plugwright_local_velero::until;
use serde_json::{Value, json};

use crate::site::Site;

pub(crate) async fn play(site: &Site<'_>) -> Result<()> {
    let namespace = site.namespace("volumes").await?;
    let name = site.own("volume");
    let path = format!("/data/{name}");
    let volume = json!({"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": name}, "spec": {
        "capacity": {"storage": "1Gi"},
        "accessModes": ["ReadWriteOnce"],
        "persistentVolumeReclaimPolicy": "Retain",
        "claimRef": {"namespace": namespace, "name": "data"},
        "hostPath": {"path": path},
    }});
    let claim = json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "data", "namespace": namespace},
    "spec": {
        "accessModes": ["ReadWriteOnce"],
        "storageClassName": "",
        "volumeName": name,
        "resources": {"requests": {"storage": "1Gi"}},
    }});
    for object in [&volume, &claim] {
        site.objects.create(object).await?;
        // The controller that binds claims does not run.
        site.objects.set_status(object, &json!({"phase": "Bound"})).await?;
    }

    let backup = site.backup("b-volumes", json!({"includedNamespaces": [namespace]})).await?;
    backup.is("Completed")?;
    let counts = ["Attempted", "Completed"].map(|end| backup.count(&format!("volumeSnapshots{end}")));
    ensure!(counts == [1, 1], "snapshots attempted and completed: {counts:?}");
    site.saw_end("backup", &backup);
    let snapshots = site.velero.store.text("backups", "b-volumes", "b-volumes-volumesnapshots.json.gz")?;
    let snapshots: Value = serde_json::from_str(&snapshots)?;
    let snapshot = &snapshots[0];
    let id = snapshot["status"]["providerSnapshotID"].as_str().context("the snapshot has no ID")?;
    ensure!(id.starts_with(&format!("{path}.snap.")), "unexpected snapshot ID {id}");
    ensure!(snapshot["spec"]["providerVolumeID"] == json!(path), "unexpected snapshot {}", snapshot["spec"]);
    site.saw("spec of the snapshot", json!([snapshot["spec"]["volumeType"], snapshot["spec"]["volumeIOPS"]]));

    for object in [&claim, &volume] {
        site.objects.delete(object).await?;
    }
    let restore = site.restore("r-volumes", json!({"backupName": "b-volumes"})).await?;
    restore.is("Completed")?;
    site.saw_end("restore", &restore);
    let restored = site.live(&volume).await?;
    let restored = restored["spec"]["hostPath"]["path"].as_str().unwrap_or_default();
    ensure!(restored.starts_with(&format!("{id}.vol.")), "unexpected path of the volume: {restored}");
    let claim = site.live(&claim).await?;
    ensure!(
        claim["spec"]["volumeName"] == json!(name),
        "unexpected volume of the claim: {}",
        claim["spec"]["volumeName"]
    );

    site.start("DeleteBackupRequest", json!({"name": "d-volumes"}), json!({"backupName": "b-volumes"}))
        .await?;
    until("the snapshot is deleted", async || {
        let records = site.velero.records("DeleteSnapshot called")?;
        let is_it = |record: &&Value| record["msg"] == "DeleteSnapshot called" && record["snapshotID"] == id;
        Ok(records.iter().find(is_it).map(|_| ()))
    })
    .await
}
