//! [`PodVolumeBackup`].

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::object::{DataMoveOperationProgress, DataMovePhase, velero_object};
use crate::types::absent::{is_default, object_or_default, optional_text, or_default};
use crate::types::{ObjectReference, Time};

velero_object! {
    /// A file system backup of a pod's volume.
    PodVolumeBackup, PodVolumeBackupSpec, PodVolumeBackupStatus, "velero.io/v1"
}

/// The specification of a pod volume backup.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct PodVolumeBackupSpec {
    /// The pod's node.
    #[serde(deserialize_with = "or_default")]
    pub node: String,
    /// The pod.
    #[serde(deserialize_with = "object_or_default")]
    pub pod: ObjectReference,
    /// The volume's name in the pod.
    #[serde(deserialize_with = "or_default")]
    pub volume: String,
    /// The name of the BackupStorageLocation with the backup repository.
    #[serde(deserialize_with = "or_default")]
    pub backup_storage_location: String,
    /// The backup repository.
    #[serde(deserialize_with = "or_default")]
    pub repo_identifier: String,
    /// The uploader: `kopia`.
    #[serde(deserialize_with = "or_default")]
    pub uploader_type: String,
    /// Tags of the snapshot.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub tags: BTreeMap<String, String>,
    /// Settings of the uploader.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub uploader_settings: BTreeMap<String, String>,
    /// Set to cancel it; takes effect while it is in progress.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub cancel: bool,
    /// The parent snapshot: empty or `auto` for the volume's latest, `none` for a full backup.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub parent_snapshot: String,
}

/// The status of a pod volume backup.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct PodVolumeBackupStatus {
    /// The phase; `None` until Velero has processed it.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "optional_text")]
    pub phase: Option<DataMovePhase>,
    /// The path of the volume on the node.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub path: String,
    /// The snapshot in the backup repository.
    #[serde(rename = "snapshotID", skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub snapshot_id: String,
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
    /// When the node accepted it.
    #[serde(skip_serializing_if = "is_default")]
    pub accepted_timestamp: Option<Time>,
}
