//! Annotates each item with properties of the cluster, for the other restore actions.

use plugwright::prelude::*;
use tokio::sync::OnceCell;

use crate::registry::{self, RESTORE_REGISTRY};
use crate::version;

/// The annotation with the Kubernetes version of the target cluster, on an item in a restore.
const RESTORE_SERVER_VERSION: &str = "openshift.io/restore-server-version";

/// Annotates items with the version and the registry of the cluster. Runs first, because the other actions read them.
#[restore_item_action(
    name = "openshift.io/01-common-restore-plugin",
    included_resources = [
        "pods", "replicationcontrollers", "jobs.batch", "cronjobs.batch", "statefulsets.apps",
        "deployments.apps", "daemonsets.apps", "replicasets.apps", "deployments.extensions",
        "daemonsets.extensions", "replicasets.extensions", "deploymentconfigs.apps.openshift.io",
        "buildconfigs.build.openshift.io", "imagestreams.image.openshift.io",
        "imagestreamtags.image.openshift.io",
    ],
    new = Self::new,
)]
struct Common {
    cx: Context,
    /// Version and registry, cached because a process serves one restore into one cluster.
    cluster: OnceCell<(String, String)>,
}

impl Common {
    fn new(cx: &Context) -> Self {
        Self { cx: cx.clone(), cluster: OnceCell::new() }
    }

    async fn cluster(&self) -> Result<(String, String)> {
        let version = self.cx.client().await?.apiserver_version().await?.git_version;
        let (major, minor) = version::numbers(&version)?;
        Ok((format!("{major}.{minor}"), registry::host(&self.cx, (major, minor)).await?))
    }
}

impl RestoreItemAction for Common {
    async fn execute(&self, input: &mut RestoreInput) -> Result<RestoreOutput> {
        let (version, registry) = self.cluster.get_or_try_init(|| self.cluster()).await?;
        input.item.set_annotation(RESTORE_SERVER_VERSION, version);
        input.item.set_annotation(RESTORE_REGISTRY, registry);
        Ok(RestoreOutput::restore())
    }
}

#[cfg(test)]
mod tests;
