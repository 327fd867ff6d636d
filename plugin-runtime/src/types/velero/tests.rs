use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::*;

/// Checks that JSON written by Velero's own types round-trips.
#[track_caller]
fn same<T: DeserializeOwned + Serialize>(json: &Value) -> T {
    let typed: T = serde_json::from_value(json.clone()).unwrap();
    assert_eq!(&serde_json::to_value(&typed).unwrap(), json);
    typed
}

#[test]
fn data_upload_with_every_field() {
    let upload: DataUpload = same(&json!({
        "apiVersion": "velero.io/v2alpha1", "kind": "DataUpload", "metadata": {"name": "du-1", "namespace": "velero"},
        "spec": {"snapshotType": "CSI", "csiSnapshot": {"volumeSnapshot": "vs", "storageClass": "sc",
                "snapshotClass": "vsc", "driver": "d"},
            "sourcePVC": "data", "datamover": "other", "backupStorageLocation": "default", "sourceNamespace": "shop",
            "dataMoverConfig": {"a": "b"}, "cancel": true, "operationTimeout": "10m0s", "sourceFSType": "ext4",
            "parentSnapshot": "none"},
        "status": {"phase": "InProgress", "path": "/x", "snapshotID": "s", "dataMoverResult": {"c": "d"},
            "message": "m", "startTimestamp": "2026-05-01T12:00:00Z", "completionTimestamp": "2026-05-01T12:00:01Z",
            "progress": {"totalBytes": 10, "bytesDone": 5}, "incrementalBytes": 7, "node": "n", "nodeOS": "linux",
            "acceptedByNode": "n", "acceptedTimestamp": "2026-05-01T11:59:00Z"}}));
    let phase = upload.status.phase.unwrap();
    assert!(phase == DataMovePhase::InProgress && !phase.is_final());
    assert_eq!(upload.spec.operation_timeout.as_secs(), 600);
    same::<DataUploadResult>(
        &json!({"backupStorageLocation": "default", "datamover": "o", "snapshotID": "s",
        "sourceNamespace": "shop", "dataMoverResult": {"c": "d"}, "nodeOS": "windows", "snapshotSize": 10, "fsType": "xfs",
        "snapshotClass": "vsc"}),
    );
}

#[test]
fn data_download_with_every_field() {
    let download: DataDownload = same(&json!({
        "apiVersion": "velero.io/v2alpha1", "kind": "DataDownload", "metadata": {"name": "dd-1"},
        "spec": {"targetVolume": {"pvc": "data", "pv": "pv-1", "namespace": "shop", "fsType": "ext4"},
            "backupStorageLocation": "default", "datamover": "o", "snapshotID": "s", "sourceNamespace": "shop",
            "dataMoverConfig": {"a": "b"}, "cancel": true, "operationTimeout": "10m0s", "nodeOS": "linux",
            "snapshotSize": 10},
        "status": {"phase": "Failed", "message": "m", "startTimestamp": "2026-05-01T12:00:00Z",
            "completionTimestamp": "2026-05-01T12:00:01Z", "progress": {"totalBytes": 10}, "node": "n",
            "acceptedByNode": "n", "acceptedTimestamp": "2026-05-01T11:59:00Z"}}));
    assert!(download.status.phase.unwrap().is_final());
}

#[test]
fn pod_volumes_with_every_field() {
    let pod = json!({"apiVersion": "v1", "kind": "Pod", "namespace": "shop", "name": "db", "uid": "u",
        "resourceVersion": "1", "fieldPath": "spec"});
    same::<PodVolumeBackup>(&json!({
        "apiVersion": "velero.io/v1", "kind": "PodVolumeBackup", "metadata": {"name": "a"},
        "spec": {"node": "n", "pod": pod, "volume": "data", "backupStorageLocation": "default", "repoIdentifier": "r",
            "uploaderType": "kopia", "tags": {"a": "b"}, "uploaderSettings": {"c": "d"}, "cancel": true,
            "parentSnapshot": "auto"},
        "status": {"phase": "Completed", "path": "/x", "snapshotID": "s", "message": "m",
            "startTimestamp": "2026-05-01T12:00:00Z", "completionTimestamp": "2026-05-01T12:00:01Z",
            "progress": {"bytesDone": 1}, "incrementalBytes": 1, "acceptedTimestamp": "2026-05-01T11:59:00Z"}}));
    same::<PodVolumeRestore>(&json!({
        "apiVersion": "velero.io/v1", "kind": "PodVolumeRestore", "metadata": {"name": "a"},
        "spec": {"pod": pod, "volume": "data", "backupStorageLocation": "default", "repoIdentifier": "r",
            "uploaderType": "kopia", "snapshotID": "s", "sourceNamespace": "shop", "uploaderSettings": {"c": "d"},
            "cancel": true, "snapshotSize": 10},
        "status": {"phase": "Accepted", "message": "m", "startTimestamp": "2026-05-01T12:00:00Z",
            "completionTimestamp": "2026-05-01T12:00:01Z", "progress": {"bytesDone": 1},
            "acceptedTimestamp": "2026-05-01T11:59:00Z", "node": "n"}}));
}

#[test]
fn snapshot_location_with_every_field() {
    let location: VolumeSnapshotLocation = same(&json!({
        "apiVersion": "velero.io/v1", "kind": "VolumeSnapshotLocation", "metadata": {"name": "a"},
        "spec": {"provider": "aws", "config": {"region": "eu"}, "credential": {"name": "cloud", "key": "file"}},
        "status": {"phase": "Available"}}));
    assert_eq!(location.spec.config.require("region").unwrap(), "eu");
}

#[test]
fn new_object_is_complete() {
    let mut download = DataDownload::named("velero", "dd-1");
    download.spec.snapshot_id = "s".into();
    let json = serde_json::to_value(&download).unwrap();
    assert_eq!((&json["apiVersion"], &json["kind"]), (&json!("velero.io/v2alpha1"), &json!("DataDownload")));
    assert_eq!((&json["spec"]["snapshotID"], &json["spec"]["operationTimeout"]), (&json!("s"), &json!("0s")));
    assert_eq!(json.get("status"), None);
    let nulls = json!({"metadata": null, "spec": {"targetVolume": null, "datamover": null}, "status": null});
    assert_eq!(serde_json::from_value::<DataDownload>(nulls).unwrap(), DataDownload::default());
}

#[test]
fn what_was_uploaded_is_downloaded() {
    let result: DataUploadResult =
        serde_json::from_value(json!({"backupStorageLocation": "default", "datamover": "o",
        "snapshotID": "s", "sourceNamespace": "shop", "dataMoverResult": {"c": "d"}, "nodeOS": "linux",
        "snapshotSize": 10, "fsType": "xfs", "snapshotClass": "vsc"}))
        .unwrap();
    let expected = json!({"targetVolume": {"pvc": "", "pv": "", "namespace": "", "fsType": "xfs"},
        "backupStorageLocation": "default", "datamover": "o", "snapshotID": "s", "sourceNamespace": "shop",
        "operationTimeout": "0s", "nodeOS": "linux", "snapshotSize": 10});
    assert_eq!(serde_json::to_value(DataDownloadSpec::from(result)).unwrap(), expected);
}

#[cfg(feature = "kube")]
#[test]
fn objects_of_the_client_are_read_and_written() {
    use kube::api::DynamicObject;

    let mut download = DataDownload::named("velero", "");
    download.metadata.generate_name = "r-".into();
    download.spec.cancel = true;
    let object = DynamicObject::try_from(&download).unwrap();
    assert_eq!(object.metadata.generate_name.as_deref(), Some("r-"));
    assert_eq!(object.types.as_ref().unwrap().kind, "DataDownload");
    assert_eq!(object.data["spec"]["cancel"], true);
    assert_eq!(DataDownload::try_from(object.clone()).unwrap(), download);

    let mut wrong = object;
    wrong.metadata.name = Some("dd-1".into());
    wrong.data["status"]["progress"] = json!({"bytesDone": "many"});
    let (error, line) = (DataDownload::try_from(wrong).unwrap_err(), line!());
    let expected = "dd-1 can't be read as DataDownload: status.progress.bytesDone: invalid type: string \"many\", \
                    expected i64";
    assert_eq!(error.to_string(), expected);
    assert_eq!((error.location().file(), error.location().line()), (file!(), line));
}
