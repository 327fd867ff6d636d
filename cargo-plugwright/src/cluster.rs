//! The cluster of a plugin: an API server in memory, which the plugin's Kubernetes client finds by the variable
//! `KUBECONFIG`.

use std::ffi::OsString;
use std::path::PathBuf;

use plugwright::testing::{FakeCluster, ServedCluster};

use crate::failure::{Failure, OrFail};
use crate::manifest::{self, Manifest};

/// Velero's server has it, and its plugins with it.
const NAMESPACE: &str = "VELERO_NAMESPACE";

/// Ends when it is dropped.
pub(crate) struct Cluster(ServedCluster);

impl Cluster {
    /// With the objects of these files. An empty file is an empty cluster.
    pub(crate) async fn of(files: &[PathBuf]) -> Result<Self, Failure> {
        let mut manifests = Vec::new();
        for file in files {
            manifests.extend(manifest::read_if_any(file)?);
        }
        manifests.iter().for_each(Manifest::warn);
        // They name the resources of other objects.
        manifests.sort_by_key(|manifest| manifest.item.kind() != "CustomResourceDefinition");
        let cluster = FakeCluster::new();
        for manifest in &manifests {
            cluster.add(manifest.item.as_value().clone()).or_fail(&manifest.source)?;
        }
        cluster.serve().await.map(Self).or_fail("cannot start the API server for --cluster")
    }

    /// For the plugin's environment.
    pub(crate) fn variables(&self) -> Vec<(&'static str, OsString)> {
        let mut variables = vec![("KUBECONFIG", self.0.kubeconfig().into())];
        if std::env::var_os(NAMESPACE).is_none() {
            variables.push((NAMESPACE, "velero".into()));
        }
        variables
    }
}
