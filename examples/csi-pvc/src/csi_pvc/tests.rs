use plugwright::testing::FakeCluster;
use plugwright::types::annotations::VOLUME_SNAPSHOT_RESTORE_SIZE;
use serde_json::{Value, json};

use super::*;
use crate::testing::{cluster, item};

const DOWNLOADS: &str = "datadownloads.velero.io";
const UPLOAD_LABELS: &str =
    "velero.io/pvc-namespace-name=shop.data,velero.io/restore-uid=r-1,velero.io/resource-usage=DataUpload";

fn claim(namespace: &str, name: &str, annotations: &Value) -> Value {
    json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim",
        "metadata": {"name": name, "namespace": namespace, "uid": "c-1", "annotations": annotations},
        "spec": {"accessModes": ["ReadWriteOnce"], "volumeName": "pv-1", "volumeMode": "Block",
            "resources": {"requests": {"storage": "10Gi"}},
            "selector": {"matchLabels": {"foo": "bar"}},
            "dataSource": {"kind": "Other", "name": "other"}, "dataSourceRef": {"kind": "Other", "name": "other"}}})
}

fn with_snapshot() -> Value {
    claim("shop", "data", &json!({VOLUME_SNAPSHOT_NAME: "snapshot"}))
}

fn with_upload(namespace: &str, name: &str) -> Value {
    let annotations = json!({
        VOLUME_SNAPSHOT_NAME: "snapshot", VOLUME_SNAPSHOT_RESTORE_SIZE: "10Gi", DATA_UPLOAD_NAME: "velero/upload",
    });
    claim(namespace, name, &annotations)
}

fn restore() -> Restore {
    let mut restore = Restore::named("velero", "again").with_spec(|spec| spec.backup_name = "nightly".into());
    restore.metadata.uid = "r-1".into();
    restore
}

fn backup(spec: &Value) -> Value {
    json!({"apiVersion": "velero.io/v1", "kind": "Backup", "metadata": {"name": "nightly", "namespace": "velero"},
        "spec": spec})
}

fn moved() -> Value {
    backup(&json!({"snapshotMoveData": true, "csiSnapshotTimeout": "10m0s"}))
}

fn upload_result(claim: &str, data: &Value) -> Value {
    let labels = json!({"velero.io/pvc-namespace-name": claim, "velero.io/restore-uid": "r-1",
        "velero.io/resource-usage": "DataUpload"});
    json!({"apiVersion": "v1", "kind": "ConfigMap", "data": data,
        "metadata": {"name": "upload-x7k2p", "namespace": "velero", "labels": labels}})
}

fn download(namespace: &str, status: &Value) -> Value {
    let metadata = json!({"name": "again-x7k2p", "namespace": namespace,
        "labels": {"velero.io/async-operation-id": "testing"}});
    let spec = json!({"snapshotID": "s-1", "operationTimeout": "10m0s"});
    json!({"apiVersion": "velero.io/v2alpha1", "kind": "DataDownload", "metadata": metadata, "spec": spec,
        "status": status})
}

fn plugin(cluster: &FakeCluster) -> CsiPvc {
    CsiPvc::new(&Context::for_tests_of::<CsiPvc>().with_client(cluster.client()))
}

async fn execute(cluster: &FakeCluster, claim: Value, restore: Restore) -> Result<(Item, RestoreOutputV2)> {
    let mut input = RestoreInput::new(item(claim), restore);
    let output = plugin(cluster).execute(&mut input).await?;
    Ok((input.item, output))
}

async fn error(cluster: &FakeCluster, claim: Value) -> String {
    execute(cluster, claim, restore()).await.unwrap_err().to_string()
}

#[tokio::test]
async fn a_claim_without_its_volume_gets_a_new_volume() {
    let restore = restore().with_spec(|spec| spec.restore_pvs = Some(false));
    let (claim, output) = execute(&cluster([]), with_snapshot(), restore).await.unwrap();
    let mut expected = with_snapshot();
    for field in ["volumeName", "dataSource", "dataSourceRef"] {
        expected["spec"].as_object_mut().unwrap().remove(field);
    }
    assert_eq!(claim.as_value(), &expected);
    assert_eq!(output, RestoreOutputV2::restore());
}

#[tokio::test]
async fn the_backup_must_exist() {
    let expected = "reading Backup nightly of Restore again: backups.velero.io \"nightly\" not found";
    assert_eq!(error(&cluster([]), with_snapshot()).await, expected);
}

#[tokio::test]
async fn the_snapshot_is_the_data_source() {
    let cluster = cluster([backup(&json!({}))]);
    for annotations in
        [json!({}), json!({VOLUME_SNAPSHOT_NAME: "snapshot", "volume.kubernetes.io/selected-node": "a"})]
    {
        let before = claim("shop", "data", &annotations);
        let mut input =
            RestoreInput::new(item(before.clone()), restore()).item_from_backup(item(with_snapshot()));
        let output = plugin(&cluster).execute(&mut input).await.unwrap();
        let mut expected = before;
        expected["spec"]
            .as_object_mut()
            .unwrap()
            .retain(|field, _| field != "volumeName" && field != "dataSourceRef");
        expected["spec"]["dataSource"] = json!({
            "apiGroup": "snapshot.storage.k8s.io", "kind": "VolumeSnapshot",
            // `printf r-1/snapshot | sha256sum`
            "name": "3d5ff03720e27973c03e35708b83bd724dcbcac053c760d953f1486feea361a3",
        });
        assert_eq!(input.item.as_value(), &expected);
        let snapshot = ResourceIdentifier::new("volumesnapshots.snapshot.storage.k8s.io", "shop", "snapshot");
        let expected = RestoreOutputV2::restore().additional_item(snapshot).must_include_additional_items();
        assert_eq!(output, expected);
    }
}

#[tokio::test]
async fn uploaded_data_is_downloaded() {
    let result = json!({"backupStorageLocation": "default", "datamover": "other", "snapshotID": "s-1",
        "sourceNamespace": "shop", "nodeOS": "linux", "snapshotSize": 10, "fsType": "ext4"});
    let cluster = cluster([moved(), upload_result("shop.data", &json!({"r-1": result.to_string()}))]);
    let restore = Restore::from_json(
        json!({"metadata": {"name": "again", "namespace": "velero", "uid": "r-1"}, "spec": {
            "backupName": "nightly", "namespaceMapping": {"shop": "copy"}, "uploaderConfig": {"parallelFilesDownload": 4}}})
        .to_string()
        .as_bytes(),
    );
    let (claim, output) = execute(&cluster, with_upload("shop", "data"), restore.unwrap()).await.unwrap();
    assert_eq!(output, RestoreOutputV2::restore().operation("dd-r-1.c-1"));
    let mut expected = with_upload("shop", "data");
    expected["spec"].as_object_mut().unwrap().remove("volumeName");
    expected["spec"]["selector"]["matchLabels"]["velero.io/dynamic-pv-restore"] = "copy.data.r-1".into();
    assert_eq!(claim.as_value(), &expected);

    let [download] = &*cluster.all(DOWNLOADS) else { panic!("expected one DataDownload") };
    let metadata = &download["metadata"];
    assert!(metadata["name"].as_str().unwrap().starts_with("again-"), "{metadata}");
    assert_eq!(metadata["namespace"], "velero");
    let labels = json!({"velero.io/restore-name": "again", "velero.io/restore-uid": "r-1",
        "velero.io/async-operation-id": "dd-r-1.c-1"});
    assert_eq!(metadata["labels"], labels);
    let owner = json!([{"apiVersion": "velero.io/v1", "kind": "Restore", "name": "again", "uid": "r-1", "controller": true}]);
    assert_eq!(metadata["ownerReferences"], owner);
    let spec = json!({"targetVolume": {"pvc": "data", "pv": "", "namespace": "copy", "fsType": "ext4"},
        "backupStorageLocation": "default", "datamover": "other", "snapshotID": "s-1", "snapshotSize": 10,
        "sourceNamespace": "shop", "operationTimeout": "10m0s", "nodeOS": "linux",
        "dataMoverConfig": {"WriteSparseFiles": "false", "ParallelFilesDownload": "4"}});
    assert_eq!(download["spec"], spec);
}

#[tokio::test]
async fn long_names_are_truncated() {
    let namespace = "migre209d0da-49c7-45ba-8d5a-3e59fd591ec1";
    let result = upload_result(&format!("{namespace}.kibishii-data-ki152333"), &json!({"r-1": "{}"}));
    let cluster = cluster([moved(), result]);
    let claim = with_upload(namespace, "kibishii-data-kibishii-deployment-0");
    let (claim, _) = execute(&cluster, claim, restore()).await.unwrap();
    let label = claim.get_str("/spec/selector/matchLabels/velero.io~1dynamic-pv-restore").unwrap();
    assert!(label.len() == 63 && label.starts_with(&format!("{namespace}.kibishii-data-ki")), "{label}");
    assert_eq!(cluster.all(DOWNLOADS).len(), 1);
}

#[tokio::test]
async fn the_result_of_the_upload_must_exist() {
    let none = cluster([moved()]);
    let expected =
        format!("found 0 ConfigMaps with the labels {UPLOAD_LABELS}; expected one, of a DataUpload");
    assert_eq!(error(&none, with_upload("shop", "data")).await, expected);

    let mut second = upload_result("shop.data", &json!({}));
    second["metadata"]["name"] = "second".into();
    let two = cluster([moved(), upload_result("shop.data", &json!({})), second]);
    let expected = expected.replace("found 0", "found 2");
    assert_eq!(error(&two, with_upload("shop", "data")).await, expected);

    let of_another = cluster([moved(), upload_result("shop.data", &json!({"r-2": "{}"}))]);
    let expected = "ConfigMap upload-x7k2p has no key `r-1`";
    assert_eq!(error(&of_another, with_upload("shop", "data")).await, expected);

    let wrong = cluster([moved(), upload_result("shop.data", &json!({"r-1": "{"}))]);
    let error = error(&wrong, with_upload("shop", "data")).await;
    assert!(error.starts_with("key `r-1` of ConfigMap upload-x7k2p: EOF while parsing"), "{error}");
}

#[tokio::test]
async fn claims_without_a_snapshot_or_an_upload_are_unchanged() {
    let cluster = cluster([moved()]);
    let plain = claim("shop", "data", &json!({VOLUME_SNAPSHOT_RESTORE_SIZE: "10Gi"}));
    let (claim, output) = execute(&cluster, plain, restore()).await.unwrap();
    assert!(!claim.is_changed());
    assert_eq!(output, RestoreOutputV2::restore());

    let (claim, output) = execute(&cluster, with_snapshot(), restore()).await.unwrap();
    assert!(!claim.is_changed());
    let warning =
        "PersistentVolumeClaim shop/data has no DataUpload; its data is not restored from a CSI snapshot";
    assert_eq!(output, RestoreOutputV2::restore().warning(warning));
}

#[tokio::test]
async fn an_existing_claim_is_unchanged() {
    let mapped = restore().with_spec(|spec| spec.namespace_mapping.insert("shop".into(), "copy".into()));
    for (existing, restore) in [("shop", restore()), ("copy", mapped)] {
        let cluster = cluster([moved(), with_upload(existing, "data")]);
        let (claim, output) = execute(&cluster, with_upload("shop", "data"), restore).await.unwrap();
        assert!(!claim.is_changed());
        let warning = "PersistentVolumeClaim shop/data already exists; its data is not restored";
        assert_eq!(output, RestoreOutputV2::restore().warning(warning));
        assert_eq!(cluster.all(DOWNLOADS), [] as [Value; 0]);
    }
}

#[tokio::test]
async fn an_api_error_is_not_a_missing_claim() {
    let cluster = cluster([backup(&json!({}))]);
    cluster.fail("get", "persistentvolumeclaims", 500).times(1);
    assert!(execute(&cluster, with_snapshot(), restore()).await.is_err());
    assert!(execute(&cluster, with_snapshot(), restore()).await.is_ok());
}

const NOT_FOUND: &str =
    "found 0 DataDownloads with the label velero.io/async-operation-id=testing; expected one";

#[tokio::test]
async fn progress_requires_the_download() {
    for cluster in [cluster([]), cluster([download("elsewhere", &json!({}))])] {
        let error = plugin(&cluster).progress(&"testing".into(), &restore()).await.unwrap_err();
        assert_eq!(error.to_string(), NOT_FOUND);
    }
}

#[tokio::test]
async fn the_progress_is_the_downloads() {
    let moving = json!({"totalBytes": 1000, "bytesDone": 500});
    let running = OperationProgress {
        done: 500,
        total: 1000,
        units: "Bytes".into(),
        started: Some("2026-05-01T12:00:00Z".parse().unwrap()),
        ..OperationProgress::default()
    };
    let ended = |error: &str| OperationProgress {
        completed: true,
        error: error.into(),
        updated: Some("2026-05-01T12:01:00Z".parse().unwrap()),
        ..running.clone()
    };
    for (phase, expected) in [
        ("", OperationProgress::default()),
        ("New", OperationProgress::default()),
        ("InProgress", running.clone()),
        ("Canceling", running.clone()),
        ("Completed", ended("")),
        ("Canceled", ended("the DataDownload was cancelled")),
        ("Failed", ended("Testing error")),
    ] {
        let mut status = json!({"phase": phase, "progress": moving, "startTimestamp": "2026-05-01T12:00:00Z",
            "message": "Testing error"});
        if expected.completed {
            status["completionTimestamp"] = "2026-05-01T12:01:00Z".into();
        }
        let cluster = cluster([download("velero", &status)]);
        let progress = plugin(&cluster).progress(&"testing".into(), &restore()).await.unwrap();
        let description = if expected.units.is_empty() { "" } else { phase };
        assert_eq!(progress, OperationProgress { description: description.into(), ..expected });
    }
}

#[tokio::test]
async fn a_download_is_cancelled() {
    let cluster = cluster([download("velero", &json!({}))]);
    plugin(&cluster).cancel(&"testing".into(), &restore()).await.unwrap();
    let cancelled = cluster.object(DOWNLOADS, "velero", "again-x7k2p").unwrap();
    let spec = json!({"snapshotID": "s-1", "operationTimeout": "10m0s", "cancel": true});
    assert_eq!(cancelled["spec"], spec);
}

#[tokio::test]
async fn a_missing_download_cannot_be_cancelled() {
    let error = plugin(&cluster([])).cancel(&"testing".into(), &restore()).await.unwrap_err();
    assert_eq!(error.to_string(), NOT_FOUND);
}
