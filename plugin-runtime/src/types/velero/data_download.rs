//! [`DataDownload`].

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::data_upload::{DataUploadResult, NodeOs};
use super::object::{DataMoveOperationProgress, DataMovePhase, velero_object};
use crate::types::absent::{is_default, object_or_default, optional_text, or_default};
use crate::types::{Config, Time, go_duration};

velero_object! {
    /// A snapshot that a data mover copies from a backup repository into a volume.
    DataDownload, DataDownloadSpec, DataDownloadStatus, "velero.io/v2alpha1"
}

/// The specification of a download.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct DataDownloadSpec {
    /// The volume to write to.
    #[serde(deserialize_with = "object_or_default")]
    pub target_volume: TargetVolumeSpec,
    /// The name of the BackupStorageLocation with the backup repository.
    #[serde(deserialize_with = "or_default")]
    pub backup_storage_location: String,
    /// The data mover; empty or `velero` for Velero's own.
    #[serde(rename = "datamover", skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub data_mover: String,
    /// The snapshot in the backup repository.
    #[serde(rename = "snapshotID", deserialize_with = "or_default")]
    pub snapshot_id: String,
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
    /// The operating system of the node.
    #[serde(rename = "nodeOS", skip_serializing_if = "is_default", deserialize_with = "optional_text")]
    pub node_os: Option<NodeOs>,
    /// The size of the snapshot.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub snapshot_size: i64,
}

/// What was uploaded is downloaded; the volume that is written and the timeout are still to be set.
///
/// ```
/// use plugwright::types::{DataDownload, DataUploadResult};
///
/// let result: DataUploadResult = serde_json::from_str(r#"{"backupStorageLocation": "default", "snapshotID": "s-1"}"#)?;
/// let mut download = DataDownload::named("velero", "data");
/// download.spec = result.into();
/// download.spec.target_volume.pvc = "data".into();
/// assert_eq!(download.spec.snapshot_id, "s-1");
/// # Ok::<(), plugwright::Error>(())
/// ```
impl From<DataUploadResult> for DataDownloadSpec {
    fn from(result: DataUploadResult) -> Self {
        Self {
            target_volume: TargetVolumeSpec { fs_type: result.fs_type, ..TargetVolumeSpec::default() },
            backup_storage_location: result.backup_storage_location,
            data_mover: result.data_mover,
            snapshot_id: result.snapshot_id,
            snapshot_size: result.snapshot_size,
            source_namespace: result.source_namespace,
            node_os: result.node_os,
            ..Self::default()
        }
    }
}

/// The volume to write to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct TargetVolumeSpec {
    /// The PVC's name.
    #[serde(deserialize_with = "or_default")]
    pub pvc: String,
    /// The PV's name.
    #[serde(deserialize_with = "or_default")]
    pub pv: String,
    /// The PVC's namespace.
    #[serde(deserialize_with = "or_default")]
    pub namespace: String,
    /// The file system of the volume.
    #[serde(rename = "fsType", skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub fs_type: String,
}

/// The status of a download.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct DataDownloadStatus {
    /// The phase; `None` until Velero has processed it.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "optional_text")]
    pub phase: Option<DataMovePhase>,
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
    /// The node that moves the data.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub node: String,
    /// The node that accepted it.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub accepted_by_node: String,
    /// When the node accepted it.
    #[serde(skip_serializing_if = "is_default")]
    pub accepted_timestamp: Option<Time>,
}
