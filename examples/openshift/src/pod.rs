//! Pods.

use plugwright::prelude::*;
use plugwright::types::annotations::{INIT_HOOK_RESTORE_IMAGE, POST_HOOK_RESTORE_COMMAND};
use plugwright::types::labels::label_value;
use serde_json::Value;

use crate::pull_secrets::PullSecrets;
use crate::{registry, stage_pod};

/// The annotation with the name of the build, on a pod of a build.
const BUILD: &str = "openshift.io/build.name";
/// Labels of a pod of a DeploymentConfig, which deletes such pods that it did not start.
const OF_DEPLOYMENT_CONFIG: [&str; 2] = ["deployment", "deploymentconfig"];
/// The label with the name of the Restore, on a pod without these labels, which must be deleted later.
const DISCONNECTED: &str = "oadp.openshift.io/disconnected-from-dc";
/// The annotation on a pod in a backup by OADP 1.3 or later.
const IS_OADP_1_3: &str = "oadp.openshift.io/includes-dm-dc-fix";

/// Volume types without data.
const WITHOUT_DATA: [&str; 5] = ["hostPath", "secret", "configMap", "projected", "downwardAPI"];

/// Skips pods that their owners start again, and adapts the others to the target cluster.
#[restore_item_action(
    name = "openshift.io/07-pod-restore-plugin",
    included_resources = ["pods"],
    new = Self::new,
)]
struct Pods {
    cx: Context,
    pull_secrets: PullSecrets,
}

impl Pods {
    fn new(cx: &Context) -> Self {
        Self { cx: cx.clone(), pull_secrets: PullSecrets::new(cx) }
    }

    /// Whether to protect a pod from its DeploymentConfig until its hooks have run and its volumes are restored.
    async fn must_disconnect(&self, pod: &Item, restore: &Restore, is_needed: bool) -> Result<bool> {
        if OF_DEPLOYMENT_CONFIG.iter().any(|label| pod.label(label).is_none()) {
            return Ok(false);
        }
        if pod.annotation(IS_OADP_1_3).is_some() {
            return Ok(is_needed);
        }
        let spec = &self.cx.backup_of(restore).await?.spec;
        Ok([spec.default_volumes_to_fs_backup, spec.default_volumes_to_restic].contains(&Some(true)))
    }
}

impl RestoreItemAction for Pods {
    async fn execute(&self, input: &mut RestoreInput) -> Result<RestoreOutput> {
        let stored = input.stored()?;
        let (is_owned, is_build) =
            (!stored.owner_references().is_empty(), stored.annotation(BUILD).is_some());
        let RestoreInput { item: pod, restore, .. } = input;
        let is_needed = has_hooks(pod, restore) || has_data(pod);
        if is_build || is_owned && !is_needed {
            return Ok(RestoreOutput::skip());
        }
        // The nodes in this cluster have other labels.
        pod.remove("/spec/nodeSelector");
        if self.must_disconnect(pod, restore, is_needed).await? {
            for label in OF_DEPLOYMENT_CONFIG {
                pod.remove_label(label);
            }
            pod.set_label(DISCONNECTED, label_value(&restore.metadata.name));
        }
        registry::relocate_images(pod, restore);
        self.pull_secrets.replace(pod, restore).await?;
        stage_pod::reduce(pod, restore)?;
        Ok(RestoreOutput::restore())
    }
}

/// Whether the restored pod has a hook.
fn has_hooks(pod: &Item, restore: &Restore) -> bool {
    let namespace = restore.target_namespace(pod.namespace());
    let mut hooks = restore.spec.hooks.resources.iter().filter(|hook| !hook.post_hooks.is_empty());
    [INIT_HOOK_RESTORE_IMAGE, POST_HOOK_RESTORE_COMMAND].iter().any(|key| pod.annotation(key).is_some())
        || hooks.any(|hook| hook.applies_to(pod, namespace))
}

/// Whether the backup may contain data of a volume.
fn has_data(pod: &Item) -> bool {
    pod.get_each("/spec/volumes/*").any(|volume| {
        let is_token = volume["name"].as_str().is_some_and(|name| name.starts_with("default-token"));
        !is_token && WITHOUT_DATA.iter().all(|kind| volume.get(kind).is_none_or(Value::is_null))
    })
}

#[cfg(test)]
mod tests;
