//! Claims of a backup with data movement each get a DataDownload. The scenario acts as the data mover: one download succeeds,
//! one fails, and one is never processed. It also replaces storage classes and images, and restores a claim from a snapshot.

use anyhow::{Context, Result, ensure};
use kube::api::{Api, DynamicObject, ListParams, Patch, PatchParams};
use plugwright_local_velero::until;
use serde_json::{Value, json};

use super::manifests;
use crate::site::Site;

const CLAIM: &str = include_str!("../../../examples/csi-pvc/manifests/claim.yaml");
const STATEFUL_SET: &str = include_str!("../../../examples/csi-pvc/manifests/stateful-set.yaml");
const DEPLOYMENT: &str = include_str!("../../../examples/csi-pvc/manifests/deployment.yaml");

/// The label that assigns an object to one of the restores.
const ROUND: &str = "e2e/round";

pub(crate) async fn play(site: &Site<'_>) -> Result<()> {
    let (shop, copy) = (site.namespace("claims").await?, site.namespace("claims-copy").await?);
    let at = Stage { site, shop, copy, class: site.own("fast") };
    let mut objects = [at.workloads()?, at.moved("good", "moved")?, at.moved("torn", "moved")?].concat();
    objects.extend([at.moved("stuck", "stuck")?, at.snapshot()?].concat());
    for object in objects.iter().chain(&at.config()) {
        site.objects.create(object).await?;
    }
    let namespaces = json!([at.shop, site.velero.namespace]);
    for (name, moves_data) in [("b-claims-moved", true), ("b-claims", false)] {
        let selector = json!({"matchExpressions": [{"key": ROUND, "operator": "Exists"}]});
        let spec = json!({"includedNamespaces": namespaces, "labelSelector": selector, "snapshotMoveData": moves_data});
        site.backup(name, spec).await?.is("Completed")?;
    }
    at.downloads().await?;
    at.cancelled_download().await?;
    at.snapshot_as_source().await?;
    for object in at.config() {
        site.objects.delete(&object).await?;
    }
    Ok(())
}

struct Stage<'a> {
    site: &'a Site<'a>,
    shop: String,
    /// The target namespace of the restores.
    copy: String,
    /// The new storage class.
    class: String,
}

impl Stage<'_> {
    /// The configuration of the plugins, and the storage class in it.
    fn config(&self) -> [Value; 3] {
        let map = |plugin: &str, data: Value| {
            let labels =
                json!({"velero.io/plugin-config": "", format!("example.io/{plugin}"): "RestoreItemAction"});
            let metadata = json!({"name": plugin, "namespace": self.site.velero.namespace, "labels": labels});
            json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data})
        };
        [
            map("change-storage-class", json!({"slow": self.class})),
            map("change-image-name", json!({"registry": "old.example.com:5000, registry.example.com"})),
            json!({"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": {"name": self.class},
                "provisioner": "csi.example.com"}),
        ]
    }

    fn workloads(&self) -> Result<Vec<Value>> {
        let mut objects =
            vec![manifests::object(DEPLOYMENT, &self.shop)?, manifests::object(STATEFUL_SET, &self.shop)?];
        for object in &mut objects {
            manifests::label(object, ROUND, "moved");
        }
        Ok(objects)
    }

    fn claim(&self, name: &str, round: &str) -> Result<Value> {
        let mut claim = manifests::object(CLAIM, &self.shop)?;
        claim["metadata"]["name"] = json!(name);
        manifests::label(&mut claim, ROUND, round);
        Ok(claim)
    }

    /// A claim, and the upload of its data, which Velero stores in the backup.
    fn moved(&self, name: &str, round: &str) -> Result<Vec<Value>> {
        let metadata = json!({"name": format!("upload-{name}"), "namespace": self.site.velero.namespace, "labels": {ROUND: round}});
        let upload = json!({"apiVersion": "velero.io/v2alpha1", "kind": "DataUpload", "metadata": metadata,
            "spec": {"snapshotType": "CSI", "sourcePVC": name, "sourceNamespace": self.shop,
                "backupStorageLocation": "default", "operationTimeout": "10m0s",
                "csiSnapshot": {"volumeSnapshot": "", "storageClass": "slow", "snapshotClass": ""}},
            "status": {"phase": "Completed", "snapshotID": format!("id-of-{name}"), "progress": {"totalBytes": 1024}}});
        Ok(vec![self.claim(name, round)?, upload])
    }

    /// A claim and its snapshot.
    fn snapshot(&self) -> Result<Vec<Value>> {
        let mut claim = self.claim("snapped", "snapped")?;
        claim["metadata"]["annotations"] =
            json!({"velero.io/volume-snapshot-name": "snapshot", "e2e.plugwright.dev/snapshot": "snapshot"});
        let metadata = json!({"name": "snapshot", "namespace": self.shop});
        let snapshot = json!({"apiVersion": "snapshot.storage.k8s.io/v1", "kind": "VolumeSnapshot", "metadata": metadata,
            "spec": {"source": {"persistentVolumeClaimName": "snapped"}}});
        Ok(vec![claim, snapshot])
    }

    fn restore_of(&self, backup: &str, round: &str) -> Value {
        json!({"backupName": backup, "labelSelector": {"matchLabels": {ROUND: round}},
            "namespaceMapping": {&*self.shop: self.copy}})
    }

    fn download_api(&self) -> Api<DynamicObject> {
        self.site.objects.of("velero.io/v2alpha1", "DataDownload", &self.site.velero.namespace)
    }

    /// Waits until a restore has this number of downloads.
    async fn downloads_of(&self, restore: &str, count: usize) -> Result<Vec<DynamicObject>> {
        let of_restore = ListParams::default().labels(&format!("velero.io/restore-name={restore}"));
        until(&format!("{count} DataDownloads of {restore}"), async || {
            let found = self.download_api().list(&of_restore).await?.items;
            Ok((found.len() == count).then_some(found))
        })
        .await
    }

    /// An object in the namespace of the copies.
    async fn copied(&self, api_version: &str, kind: &str, name: &str) -> Result<Value> {
        let metadata = json!({"name": name, "namespace": self.copy});
        self.site.live(&json!({"apiVersion": api_version, "kind": kind, "metadata": metadata})).await
    }

    /// The operations of a restore, sorted by their errors.
    fn operations(&self, restore: &str) -> Result<Vec<Value>> {
        let key = format!("restore-{restore}-itemoperations.json.gz");
        let operations = self.site.velero.store.text("restores", restore, &key)?;
        let mut operations: Vec<Value> = serde_json::from_str(&operations)?;
        for operation in &operations {
            let plugin = &operation["spec"]["restoreItemAction"];
            ensure!(
                plugin == "example.io/csi-pvc",
                "unexpected plugin of an operation of {restore}: {plugin}"
            );
        }
        operations.sort_by_key(|operation| operation["status"]["error"].to_string());
        Ok(operations.into_iter().map(|operation| operation["status"].clone()).collect())
    }

    /// One download completes and one fails, and so do the operations of the restore.
    async fn downloads(&self) -> Result<()> {
        let spec = self.restore_of("b-claims-moved", "moved");
        let restore = self.site.start("Restore", json!({"name": "r-claims-moved"}), spec).await?;
        for download in self.downloads_of("r-claims-moved", 2).await? {
            let target = &download.data["spec"]["targetVolume"];
            let claim = target["pvc"].as_str().context("the DataDownload has no claim")?;
            ensure!(
                target["namespace"] == json!(self.copy),
                "unexpected target of the DataDownload of {claim}: {target}"
            );
            let id = &download.data["spec"]["snapshotID"];
            ensure!(
                *id == json!(format!("id-of-{claim}")),
                "unexpected ID in the DataDownload of {claim}: {id}"
            );
            let status = match claim {
                "torn" => json!({"phase": "Failed", "message": "the repository is locked"}),
                _ => json!({"phase": "Completed", "progress": {"totalBytes": 1024, "bytesDone": 1024}}),
            };
            let name = download.metadata.name.unwrap_or_default();
            let patch = Patch::Merge(json!({"status": status}));
            self.download_api().patch(&name, &PatchParams::default(), &patch).await?;
        }
        let ended = self.site.ended("Restore", &restore).await?;
        ended.is("PartiallyFailed")?;
        let counts = ["Attempted", "Completed", "Failed"]
            .map(|end| ended.count(&format!("restoreItemOperations{end}")));
        ensure!(counts == [2, 1, 1], "operations attempted, completed and failed: {counts:?}");
        let operations = self.operations("r-claims-moved")?;
        let [failed, completed] = &*operations else {
            anyhow::bail!("expected two operations, found {operations:?}")
        };
        ensure!(
            failed["phase"] == "Failed" && failed["error"] == "the repository is locked",
            "unexpected operation of the failed download: {failed}"
        );
        ensure!(
            completed["phase"] == "Completed"
                && completed["nCompleted"] == 1024
                && completed["operationUnits"] == "Bytes",
            "unexpected operation of the completed download: {completed}"
        );

        for name in ["good", "torn"] {
            let spec = self.copied("v1", "PersistentVolumeClaim", name).await?["spec"].clone();
            ensure!(
                spec["storageClassName"] == json!(self.class),
                "unexpected spec of the claim {name}: {spec}"
            );
            let volume =
                spec["selector"]["matchLabels"]["velero.io/dynamic-pv-restore"].as_str().unwrap_or_default();
            ensure!(
                volume.starts_with(&format!("{}.{name}.", self.copy)),
                "unexpected spec of the claim {name}: {spec}"
            );
        }
        let templates =
            self.copied("apps/v1", "StatefulSet", "db").await?["spec"]["volumeClaimTemplates"].clone();
        let class = &templates[0]["spec"]["storageClassName"];
        ensure!(*class == json!(self.class), "unexpected class of the StatefulSet's claims: {class}");
        let pod = self.copied("apps/v1", "Deployment", "web").await?["spec"]["template"]["spec"].clone();
        let images = [&pod["initContainers"][0]["image"], &pod["containers"][0]["image"]];
        ensure!(
            images == ["registry.example.com/schema:1.4", "registry.example.com/web:1.4"],
            "unexpected images of the Deployment: {images:?}"
        );
        Ok(())
    }

    /// The download is not processed, so Velero cancels the operation.
    async fn cancelled_download(&self) -> Result<()> {
        let mut spec = self.restore_of("b-claims-moved", "stuck");
        spec["itemOperationTimeout"] = json!("1s");
        self.site.restore("r-claims-stuck", spec).await?.is("PartiallyFailed")?;
        let operations = self.operations("r-claims-stuck")?;
        ensure!(
            operations.len() == 1 && operations[0]["error"] == "Asynchronous action timed out",
            "expected one timed-out operation, found {operations:?}"
        );
        let downloads = self.downloads_of("r-claims-stuck", 1).await?;
        let spec = &downloads[0].data["spec"];
        ensure!(spec["cancel"] == true, "expected a cancelled DataDownload, found {spec}");
        Ok(())
    }

    /// The snapshot is restored with the claim, although the restore excludes it.
    async fn snapshot_as_source(&self) -> Result<()> {
        let mut spec = self.restore_of("b-claims", "snapped");
        spec["excludedResources"] = json!(["volumesnapshots"]);
        self.site.restore("r-claims", spec).await?.is("Completed")?;
        self.copied("snapshot.storage.k8s.io/v1", "VolumeSnapshot", "snapshot").await?;
        let claim = self.copied("v1", "PersistentVolumeClaim", "snapped").await?;
        let source = &claim["spec"]["dataSource"];
        let is_hash = source["name"].as_str().is_some_and(|name| name.len() == 64);
        ensure!(source["kind"] == "VolumeSnapshot" && is_hash, "unexpected source of the claim: {source}");
        let annotations = &claim["metadata"]["annotations"];
        let mark = annotations.get("restore.velero.io/must-include-additional-items");
        ensure!(mark.is_none(), "unexpected annotations of the claim: {annotations}");
        Ok(())
    }
}
