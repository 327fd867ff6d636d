use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::types::absent::{is_default, object_or_default, optional_text, or_default};
use crate::types::hooks::RestoreHooks;
use crate::types::meta::{LabelSelector, TypedLocalObjectReference};
use crate::types::text_enum::text_enum;
use crate::types::{Config, go_duration};

/// The content and options of a restore. An empty include list means all.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct RestoreSpec {
    /// The backup to restore from.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub backup_name: String,
    /// The schedule to restore from, if `backup_name` is empty: uses its latest successful backup.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub schedule_name: String,
    /// The namespaces to restore.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub included_namespaces: Vec<String>,
    /// The namespaces to exclude.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub excluded_namespaces: Vec<String>,
    /// The resources to restore.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub included_resources: Vec<String>,
    /// The resources to exclude.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub excluded_resources: Vec<String>,
    /// Namespace in the backup → namespace to restore into; see
    /// [`Restore::target_namespace`](super::Restore::target_namespace).
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub namespace_mapping: BTreeMap<String, String>,
    /// The labels that an object must have.
    #[serde(skip_serializing_if = "is_default")]
    pub label_selector: Option<LabelSelector>,
    /// Alternative to `label_selector`: an object must match at least one.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub or_label_selectors: Vec<LabelSelector>,
    /// Whether to restore persistent volumes from snapshots; defaults to true.
    #[serde(rename = "restorePVs", skip_serializing_if = "is_default")]
    pub restore_pvs: Option<bool>,
    /// The resources to restore with status; by default, none.
    #[serde(skip_serializing_if = "is_default")]
    pub restore_status: Option<RestoreStatusSpec>,
    /// Whether services keep their node ports.
    #[serde(skip_serializing_if = "is_default")]
    pub preserve_node_ports: Option<bool>,
    /// Whether to restore cluster-scoped resources; by default, those related to restored items.
    #[serde(skip_serializing_if = "is_default")]
    pub include_cluster_resources: Option<bool>,
    /// Commands to run in pods.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "object_or_default")]
    pub hooks: RestoreHooks,
    /// How to handle objects that already exist; by default, they are not changed.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "optional_text")]
    pub existing_resource_policy: Option<PolicyType>,
    /// How long to wait for asynchronous operations; zero until Velero sets its default (4 hours).
    #[serde(with = "go_duration", skip_serializing_if = "Duration::is_zero")]
    pub item_operation_timeout: Duration,
    /// The `ConfigMap` with patches for restored items.
    #[serde(skip_serializing_if = "is_default")]
    pub resource_modifier: Option<TypedLocalObjectReference>,
    /// The `ConfigMap` with filters by namespace and kind.
    #[serde(skip_serializing_if = "is_default")]
    pub resource_policy: Option<TypedLocalObjectReference>,
    /// Settings of the uploader.
    #[serde(skip_serializing_if = "is_default")]
    pub uploader_config: Option<UploaderConfigForRestore>,
}

/// The resources to restore with status.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct RestoreStatusSpec {
    /// Resources to include; empty for all.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub included_resources: Vec<String>,
    /// Resources to exclude.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub excluded_resources: Vec<String>,
}

/// Settings of the uploader in a restore.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct UploaderConfigForRestore {
    /// Whether to write sparse files.
    #[serde(skip_serializing_if = "is_default")]
    pub write_sparse_files: Option<bool>,
    /// The number of parallel file downloads; 0 for the uploader's default.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub parallel_files_download: i64,
}

impl UploaderConfigForRestore {
    /// The `data_mover_config` of a [`DataDownload`](crate::types::DataDownload) with these settings, as Velero's data
    /// mover reads them.
    pub fn data_mover_config(&self) -> Config {
        let sparse = self.write_sparse_files.unwrap_or_default();
        let sparse = ("WriteSparseFiles", sparse.to_string());
        let parallel = self.parallel_files_download;
        let parallel = (parallel > 0).then(|| ("ParallelFilesDownload", parallel.to_string()));
        [sparse].into_iter().chain(parallel).collect()
    }
}

text_enum! {
    /// How a restore handles an object that already exists in the cluster.
    pub enum PolicyType {
        /// The object is not changed.
        None = "none",
        /// Velero tries to patch the object.
        Update = "update",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_data_mover_is_configured_as_velero_s() {
        let mut config = UploaderConfigForRestore::default();
        assert_eq!(config.data_mover_config(), Config::from_iter([("WriteSparseFiles", "false")]));
        (config.write_sparse_files, config.parallel_files_download) = (Some(true), 4);
        let expected = [("WriteSparseFiles", "true"), ("ParallelFilesDownload", "4")];
        assert_eq!(config.data_mover_config(), Config::from_iter(expected));
    }
}
