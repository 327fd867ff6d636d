use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::types::absent::{is_default, object_or_default, or_default};
use crate::types::hooks::BackupHooks;
use crate::types::meta::{LabelSelector, TypedLocalObjectReference};
use crate::types::{Config, go_duration};

/// The content and options of a backup. An empty include list means all.
///
/// Resources are selected in one of two ways, which Velero does not allow to be combined:
/// `included_resources`, `excluded_resources` and `include_cluster_resources`; or the four lists for
/// cluster-scoped and namespace-scoped resources.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct BackupSpec {
    /// For a schedule: labels of its backups.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub metadata: BackupMetadata,
    /// The namespaces to back up.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub included_namespaces: Vec<String>,
    /// The namespaces to exclude.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub excluded_namespaces: Vec<String>,
    /// The resources to back up.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub included_resources: Vec<String>,
    /// The resources to exclude.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub excluded_resources: Vec<String>,
    /// The cluster-scoped resources to back up: `*` for all, empty for those related to backed-up items.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub included_cluster_scoped_resources: Vec<String>,
    /// The cluster-scoped resources to exclude; `*` for all.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub excluded_cluster_scoped_resources: Vec<String>,
    /// The namespace-scoped resources to back up; empty for all.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub included_namespace_scoped_resources: Vec<String>,
    /// The namespace-scoped resources to exclude; `*` for all.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub excluded_namespace_scoped_resources: Vec<String>,
    /// The labels that an object must have.
    #[serde(skip_serializing_if = "is_default")]
    pub label_selector: Option<LabelSelector>,
    /// Alternative to `label_selector`: an object must match at least one.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub or_label_selectors: Vec<LabelSelector>,
    /// Whether to snapshot persistent volumes; by default, Velero does if a snapshot location exists.
    #[serde(skip_serializing_if = "is_default")]
    pub snapshot_volumes: Option<bool>,
    /// How long to keep the backup; zero until Velero sets its default (30 days).
    #[serde(with = "go_duration", skip_serializing_if = "Duration::is_zero")]
    pub ttl: Duration,
    /// The label that groups PVCs to snapshot them together.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub volume_group_snapshot_label_key: String,
    /// Whether to back up cluster-scoped resources; by default, those related to backed-up items.
    #[serde(skip_serializing_if = "is_default")]
    pub include_cluster_resources: Option<bool>,
    /// Commands to run in pods.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "object_or_default")]
    pub hooks: BackupHooks,
    /// The name of the `BackupStorageLocation`.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub storage_location: String,
    /// The names of the `VolumeSnapshotLocation`s.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub volume_snapshot_locations: Vec<String>,
    /// The old name of `default_volumes_to_fs_backup`.
    #[serde(skip_serializing_if = "is_default")]
    pub default_volumes_to_restic: Option<bool>,
    /// Whether pod volumes use file system backup by default.
    #[serde(skip_serializing_if = "is_default")]
    pub default_volumes_to_fs_backup: Option<bool>,
    /// Resource → comma-separated names of objects in the order to back them up: `namespace/name`, or `name`
    /// for cluster-scoped ones.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub ordered_resources: BTreeMap<String, String>,
    /// How long to wait for a CSI snapshot to become ready; zero until Velero sets its default (10 minutes).
    #[serde(with = "go_duration", skip_serializing_if = "Duration::is_zero")]
    pub csi_snapshot_timeout: Duration,
    /// How long to wait for asynchronous operations; zero until Velero sets its default (4 hours).
    #[serde(with = "go_duration", skip_serializing_if = "Duration::is_zero")]
    pub item_operation_timeout: Duration,
    /// The `ConfigMap` with the volume policies.
    #[serde(skip_serializing_if = "is_default")]
    pub resource_policy: Option<TypedLocalObjectReference>,
    /// Whether a data mover copies snapshots to the object store.
    #[serde(skip_serializing_if = "is_default")]
    pub snapshot_move_data: Option<bool>,
    /// The data mover; empty or `velero` for Velero's own.
    #[serde(rename = "datamover", skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub data_mover: String,
    /// Settings of the uploader.
    #[serde(skip_serializing_if = "is_default")]
    pub uploader_config: Option<UploaderConfigForBackup>,
}

/// The metadata that a schedule sets on its backups.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct BackupMetadata {
    /// The labels.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub labels: BTreeMap<String, String>,
}

/// Settings of the uploader in a backup.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct UploaderConfigForBackup {
    /// The number of parallel file uploads; 0 for the uploader's default.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub parallel_files_upload: i64,
}

impl UploaderConfigForBackup {
    /// The `data_mover_config` of a [`DataUpload`](crate::types::DataUpload) with these settings, as Velero's data mover
    /// reads them.
    pub fn data_mover_config(&self) -> Config {
        Config::from_iter([("ParallelFilesUpload", self.parallel_files_upload.to_string())])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_data_mover_is_configured_as_velero_s() {
        let config = UploaderConfigForBackup { parallel_files_upload: 4 };
        assert_eq!(config.data_mover_config(), Config::from_iter([("ParallelFilesUpload", "4")]));
    }
}
