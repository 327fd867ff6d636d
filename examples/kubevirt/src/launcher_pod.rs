//! The pod in which a virtual machine runs.

use plugwright::kube::ResourceExt;
use plugwright::kube::api::{DynamicObject, ListParams, PartialObjectMeta};
use plugwright::prelude::*;

use crate::resource::{PODS, api};

/// The launcher pod of a machine. Its name is generated; an annotation contains the machine's name.
pub(crate) async fn launcher_pod(
    cx: &Context,
    machine: &Item,
) -> Result<Option<PartialObjectMeta<DynamicObject>>> {
    let launchers = ListParams::default().labels("kubevirt.io=virt-launcher");
    let pods = api(cx, PODS, machine.namespace()).await?.list_metadata(&launchers).await?;
    let is_of_machine = |pod: &PartialObjectMeta<DynamicObject>| {
        pod.annotations().get("kubevirt.io/domain").is_some_and(|domain| domain == machine.name())
    };
    Ok(pods.into_iter().find(is_of_machine))
}

/// Skips the pods of virtual machines, because KubeVirt starts new ones.
#[restore_item_action(
    name = "kubevirt-velero-plugin/restore-pod-action",
    included_resources = ["pods"],
    label_selector = "kubevirt.io in (virt-launcher, hotplug-disk)",
)]
async fn restore(_: &mut RestoreInput) -> Result<RestoreOutput> {
    Ok(RestoreOutput::skip())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::{item, launcher};

    #[tokio::test]
    async fn a_pod_of_a_machine_is_not_restored() {
        let mut input = RestoreInput::new(item(launcher(&json!({}))), Restore::default());
        assert!(restore(&mut input).await.unwrap().is_skipped());
    }
}
