//! [`DataUpload`].

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::object::{DataMoveOperationProgress, DataMovePhase, velero_object};
use crate::types::absent::{is_default, object_or_default, optional_text, or_default};
use crate::types::text_enum::text_enum;
use crate::types::{Config, Time, go_duration};

velero_object! {
    /// A snapshot that a data mover copies into a backup repository.
    DataUpload, DataUploadSpec, DataUploadStatus, "velero.io/v2alpha1"
}

/// The specification of an upload.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct DataUploadSpec {
    /// The type of snapshot; always `CSI`.
    #[serde(deserialize_with = "or_default")]
    pub snapshot_type: String,
    /// The CSI snapshot.
    #[serde(rename = "csiSnapshot")]
    pub csi_snapshot: Option<CsiSnapshotSpec>,
    /// The PVC of the snapshot.
    #[serde(rename = "sourcePVC", deserialize_with = "or_default")]
    pub source_pvc: String,
    /// The data mover; empty or `velero` for Velero's own.
    #[serde(rename = "datamover", skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub data_mover: String,
    /// The name of the BackupStorageLocation with the backup repository.
    #[serde(deserialize_with = "or_default")]
    pub backup_storage_location: String,
    /// The namespace from which the volume was backed up.
    #[serde(deserialize_with = "or_default")]
    pub source_namespace: String,
    /// Settings of the data mover.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub data_mover_config: Config,
    /// Set to cancel it; takes effect while it is in progress.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub cancel: bool,
    /// The timeout of internal operations.
    #[serde(with = "go_duration")]
    pub operation_timeout: Duration,
    /// The file system of the volume.
    #[serde(rename = "sourceFSType", skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub source_fs_type: String,
    /// The parent snapshot: empty or `auto` for the volume's latest, `none` for a full backup.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub parent_snapshot: String,
}

/// A CSI snapshot.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct CsiSnapshotSpec {
    /// The name of the VolumeSnapshot.
    #[serde(deserialize_with = "or_default")]
    pub volume_snapshot: String,
    /// The storage class of the PVC.
    #[serde(deserialize_with = "or_default")]
    pub storage_class: String,
    /// The VolumeSnapshotClass.
    #[serde(deserialize_with = "or_default")]
    pub snapshot_class: String,
    /// The CSI driver.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub driver: String,
}

/// The status of an upload.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct DataUploadStatus {
    /// The phase; `None` until Velero has processed it.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "optional_text")]
    pub phase: Option<DataMovePhase>,
    /// The path of the volume on the node.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub path: String,
    /// The snapshot in the backup repository.
    #[serde(rename = "snapshotID", skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub snapshot_id: String,
    /// The data mover's result.
    #[serde(skip_serializing_if = "is_default")]
    pub data_mover_result: Option<BTreeMap<String, String>>,
    /// A message, such as the error.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub message: String,
    /// When it started.
    #[serde(skip_serializing_if = "is_default")]
    pub start_timestamp: Option<Time>,
    /// When it ended.
    #[serde(skip_serializing_if = "is_default")]
    pub completion_timestamp: Option<Time>,
    /// The number of bytes moved.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "object_or_default")]
    pub progress: DataMoveOperationProgress,
    /// The number of bytes changed since the last backup.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub incremental_bytes: i64,
    /// The node that moves the data.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub node: String,
    /// The operating system of the node.
    #[serde(rename = "nodeOS", skip_serializing_if = "is_default", deserialize_with = "optional_text")]
    pub node_os: Option<NodeOs>,
    /// The node that accepted it.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub accepted_by_node: String,
    /// When the node accepted it.
    #[serde(skip_serializing_if = "is_default")]
    pub accepted_timestamp: Option<Time>,
}

/// The result of an upload that a restore needs. Velero stores it as JSON in a ConfigMap, under the restore's
/// uid.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct DataUploadResult {
    /// The name of the BackupStorageLocation with the backup repository.
    #[serde(deserialize_with = "or_default")]
    pub backup_storage_location: String,
    /// The data mover; empty or `velero` for Velero's own.
    #[serde(rename = "datamover", skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub data_mover: String,
    /// The snapshot in the backup repository.
    #[serde(rename = "snapshotID", skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub snapshot_id: String,
    /// The namespace from which the volume was backed up.
    #[serde(deserialize_with = "or_default")]
    pub source_namespace: String,
    /// The data mover's result.
    #[serde(skip_serializing_if = "is_default")]
    pub data_mover_result: Option<BTreeMap<String, String>>,
    /// The operating system of the node.
    #[serde(rename = "nodeOS", skip_serializing_if = "is_default", deserialize_with = "optional_text")]
    pub node_os: Option<NodeOs>,
    /// The size of the snapshot.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub snapshot_size: i64,
    /// The file system of the volume.
    #[serde(rename = "fsType", skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub fs_type: String,
    /// The VolumeSnapshotClass.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub snapshot_class: String,
}

text_enum! {
    /// The operating system of a node.
    pub enum NodeOs {
        /// Linux.
        Linux = "linux",
        /// Windows.
        Windows = "windows",
        /// Not known yet.
        Auto = "auto",
    }
}
