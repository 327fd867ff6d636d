//! [`PodVolumeRestore`].

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::object::{DataMoveOperationProgress, DataMovePhase, velero_object};
use crate::types::absent::{is_default, object_or_default, optional_text, or_default};
use crate::types::{ObjectReference, Time};

velero_object! {
    /// A file system restore of a pod's volume.
    PodVolumeRestore, PodVolumeRestoreSpec, PodVolumeRestoreStatus, "velero.io/v1"
}

/// The specification of a pod volume restore.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct PodVolumeRestoreSpec {
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
    /// The snapshot in the backup repository.
    #[serde(rename = "snapshotID", deserialize_with = "or_default")]
    pub snapshot_id: String,
    /// The namespace from which the volume was backed up.
    #[serde(deserialize_with = "or_default")]
    pub source_namespace: String,
    /// Settings of the uploader.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub uploader_settings: BTreeMap<String, String>,
    /// Set to cancel it; takes effect while it is in progress.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub cancel: bool,
    /// The size of the snapshot.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub snapshot_size: i64,
}

/// The status of a pod volume restore.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct PodVolumeRestoreStatus {
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
    /// When the node accepted it.
    #[serde(skip_serializing_if = "is_default")]
    pub accepted_timestamp: Option<Time>,
    /// The node that moves the data.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub node: String,
}
