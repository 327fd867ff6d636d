use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::types::absent::{is_default, object_or_default, optional_text, or_default};
use crate::types::go_duration;
use crate::types::hooks::RestoreHooks;
use crate::types::meta::{LabelSelector, TypedLocalObjectReference};
use crate::types::text_enum::text_enum;

/// What a restore shall bring back, and how. An empty list of includes means all.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct RestoreSpec {
    /// The backup to restore from.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub backup_name: String,
    /// The schedule to restore from: its last good backup, where `backup_name` is empty.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub schedule_name: String,
    /// The namespaces to restore.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub included_namespaces: Vec<String>,
    /// The namespaces to leave out.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub excluded_namespaces: Vec<String>,
    /// The resources to restore.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub included_resources: Vec<String>,
    /// The resources to leave out.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub excluded_resources: Vec<String>,
    /// Namespace in the backup → namespace to restore into; see
    /// [`Restore::target_namespace`](super::Restore::target_namespace).
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub namespace_mapping: BTreeMap<String, String>,
    /// The labels that an object must have.
    #[serde(skip_serializing_if = "is_default")]
    pub label_selector: Option<LabelSelector>,
    /// As `label_selector`, which excludes it: an object must match one of them.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub or_label_selectors: Vec<LabelSelector>,
    /// Whether to restore persistent volumes from snapshots; where not said, Velero does.
    #[serde(rename = "restorePVs", skip_serializing_if = "is_default")]
    pub restore_pvs: Option<bool>,
    /// Which resources get their status back; where not said, none.
    #[serde(skip_serializing_if = "is_default")]
    pub restore_status: Option<RestoreStatusSpec>,
    /// Whether services keep their node ports.
    #[serde(skip_serializing_if = "is_default")]
    pub preserve_node_ports: Option<bool>,
    /// Whether to restore cluster-scoped resources; where not said, those that belong to what is restored.
    #[serde(skip_serializing_if = "is_default")]
    pub include_cluster_resources: Option<bool>,
    /// Commands to run in pods.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "object_or_default")]
    pub hooks: RestoreHooks,
    /// What to do with objects that are there already; where not said, they stay as they are.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "optional_text")]
    pub existing_resource_policy: Option<PolicyType>,
    /// How long to wait for asynchronous operations; zero until Velero puts its default there (4 hours).
    #[serde(with = "go_duration", skip_serializing_if = "Duration::is_zero")]
    pub item_operation_timeout: Duration,
    /// The `ConfigMap` with patches for what is restored.
    #[serde(skip_serializing_if = "is_default")]
    pub resource_modifier: Option<TypedLocalObjectReference>,
    /// The `ConfigMap` with filters by namespace and kind.
    #[serde(skip_serializing_if = "is_default")]
    pub resource_policy: Option<TypedLocalObjectReference>,
    /// Settings of the uploader.
    #[serde(skip_serializing_if = "is_default")]
    pub uploader_config: Option<UploaderConfigForRestore>,
}

/// Which resources get their status back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct RestoreStatusSpec {
    /// These; empty for all.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub included_resources: Vec<String>,
    /// But not these.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub excluded_resources: Vec<String>,
}

/// Settings of the uploader in a restore.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct UploaderConfigForRestore {
    /// Whether files with holes are written with holes.
    #[serde(skip_serializing_if = "is_default")]
    pub write_sparse_files: Option<bool>,
    /// How many files are downloaded at a time; 0 for the uploader's default.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub parallel_files_download: i64,
}

impl UploaderConfigForRestore {
    /// The `data_mover_config` of a [`DataDownload`](crate::types::DataDownload) with these settings, as Velero's data
    /// mover reads them.
    pub fn data_mover_config(&self) -> BTreeMap<String, String> {
        let sparse = self.write_sparse_files.unwrap_or_default();
        let mut config = BTreeMap::from([("WriteSparseFiles".into(), sparse.to_string())]);
        if self.parallel_files_download > 0 {
            config.insert("ParallelFilesDownload".into(), self.parallel_files_download.to_string());
        }
        config
    }
}

text_enum! {
    /// What a restore does with an object that is in the cluster already.
    pub enum PolicyType {
        /// It stays as it is.
        None = "none",
        /// Velero tries to patch it.
        Update = "update",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_data_mover_is_configured_as_velero_s() {
        let mut config = UploaderConfigForRestore::default();
        let expected = [("WriteSparseFiles", "false")];
        assert_eq!(
            config.data_mover_config(),
            expected.map(|(key, value)| (key.into(), value.into())).into()
        );
        (config.write_sparse_files, config.parallel_files_download) = (Some(true), 4);
        let expected = [("WriteSparseFiles", "true"), ("ParallelFilesDownload", "4")];
        assert_eq!(
            config.data_mover_config(),
            expected.map(|(key, value)| (key.into(), value.into())).into()
        );
    }
}
