//! Names of the resources, and clients for them.

use plugwright::kube::api::{Api, DynamicObject};
use plugwright::prelude::*;

pub(crate) const VIRTUAL_MACHINES: &str = "virtualmachines.kubevirt.io";
pub(crate) const VIRTUAL_MACHINE_INSTANCES: &str = "virtualmachineinstances.kubevirt.io";
pub(crate) const DATA_VOLUMES: &str = "datavolumes.cdi.kubevirt.io";
pub(crate) const CLAIMS: &str = "persistentvolumeclaims";
pub(crate) const PODS: &str = "pods";

/// A client for a resource, in the version that all KubeVirt releases serve.
pub(crate) async fn api(cx: &Context, resource: &str, namespace: &str) -> Result<Api<DynamicObject>> {
    let version = if resource == DATA_VOLUMES { "v1beta1" } else { "v1" };
    cx.api(&format!("{resource}/{version}"), namespace).await
}
