//! The objects that belong to a virtual machine or to a running instance of one.

use plugwright::kube::ResourceExt;
use plugwright::kube::api::ListParams;
use plugwright::prelude::*;
use serde_json::Value;

use crate::launcher_pod::launcher_pod;
use crate::resource::{CLAIMS, DATA_VOLUMES, VIRTUAL_MACHINE_INSTANCES, api};

/// Fields of a volume with the name of another object, and the resources of the object.
const VOLUMES: [(&str, &[&str]); 10] = [
    ("/dataVolume/name", &[DATA_VOLUMES, CLAIMS]),
    ("/persistentVolumeClaim/claimName", &[CLAIMS]),
    ("/memoryDump/claimName", &[CLAIMS]),
    ("/configMap/name", &["configmaps"]),
    ("/secret/secretName", &["secrets"]),
    ("/serviceAccount/serviceAccountName", &["serviceaccounts"]),
    ("/cloudInitNoCloud/secretRef/name", &["secrets"]),
    ("/cloudInitNoCloud/networkDataSecretRef/name", &["secrets"]),
    ("/cloudInitConfigDrive/secretRef/name", &["secrets"]),
    ("/cloudInitConfigDrive/networkDataSecretRef/name", &["secrets"]),
];

/// The same for access credentials.
const ACCESS_CREDENTIALS: [(&str, &[&str]); 2] = [
    ("/sshPublicKey/source/secret/secretName", &["secrets"]),
    ("/userPassword/source/secret/secretName", &["secrets"]),
];

/// With one of these fields, KubeVirt stores the state of a machine's TPM and firmware in a separate claim.
const PERSISTENT: [&str; 2] =
    ["/domain/devices/tpm/persistent", "/domain/firmware/bootloader/efi/persistent"];

/// The label with the machine's name, on the claim with its state.
const STATE_LABEL: &str = "persistent-state-for";

/// The pointer to the instance's specification in a VirtualMachine or a VirtualMachineInstance.
pub(crate) fn spec_pointer(machine: &Item) -> &'static str {
    if machine.kind() == "VirtualMachine" { "/spec/template/spec" } else { "/spec" }
}

/// All objects to back up with a machine.
pub(crate) async fn for_backup(cx: &Context, machine: &Item) -> Result<Vec<ResourceIdentifier>> {
    let mut related = revisions(machine);
    let is_created = machine.get("/status/created") == Some(&true.into());
    if is_created {
        related.push(identifier(machine, VIRTUAL_MACHINE_INSTANCES, machine.name()));
    }
    if is_created || machine.kind() == "VirtualMachineInstance" {
        let pod = launcher_pod(cx, machine).await?;
        related.extend(pod.map(|pod| identifier(machine, "pods", &pod.name_any())));
    }
    related.extend(of_spec(cx, machine).await?);
    Ok(related)
}

/// All objects to restore before a machine.
pub(crate) async fn for_restore(cx: &Context, machine: &Item) -> Result<Vec<ResourceIdentifier>> {
    let mut related = revisions(machine);
    related.extend(of_spec(cx, machine).await?);
    Ok(related)
}

/// The name of the ControllerRevision with the `instancetype` or `preference` of a machine. The status contains the one
/// in use, except for new and restored machines.
pub(crate) fn revision<'a>(machine: &'a Item, of: &str) -> Option<&'a str> {
    machine.get(&format!("/spec/{of}"))?;
    match machine.get(&format!("/status/{of}Ref")) {
        Some(in_use) => in_use.pointer("/controllerRevisionRef/name")?.as_str(),
        None => machine.get_str(&format!("/spec/{of}/revisionName")).filter(|name| !name.is_empty()),
    }
}

fn revisions(machine: &Item) -> Vec<ResourceIdentifier> {
    let names = ["instancetype", "preference"].into_iter().filter_map(|of| revision(machine, of));
    names.map(|name| identifier(machine, "controllerrevisions.apps", name)).collect()
}

async fn of_spec(cx: &Context, machine: &Item) -> Result<Vec<ResourceIdentifier>> {
    let spec = spec_pointer(machine);
    let mut related = named(machine, &format!("{spec}/volumes/*"), &VOLUMES);
    if PERSISTENT.iter().any(|pointer| machine.get(&format!("{spec}{pointer}")) == Some(&true.into())) {
        related.extend(state(cx, machine).await?);
    }
    related.extend(named(machine, &format!("{spec}/accessCredentials/*"), &ACCESS_CREDENTIALS));
    Ok(related)
}

/// The objects named in the elements of a list.
fn named(machine: &Item, list: &str, fields: &[(&str, &[&str])]) -> Vec<ResourceIdentifier> {
    let mut related = Vec::new();
    for element in machine.get_each(list) {
        for (field, resources) in fields {
            if let Some(name) = element.pointer(field).and_then(Value::as_str) {
                related.extend(resources.iter().map(|resource| identifier(machine, resource, name)));
            }
        }
    }
    related
}

/// The claims with the state of a machine's TPM and firmware.
async fn state(cx: &Context, machine: &Item) -> Result<Vec<ResourceIdentifier>> {
    let labelled = ListParams::default().labels(&format!("{STATE_LABEL}={}", machine.name()));
    let claims = api(cx, CLAIMS, machine.namespace()).await?.list_metadata(&labelled).await?;
    let mut names: Vec<_> = claims.iter().map(ResourceExt::name_any).collect();
    if names.is_empty() {
        // KubeVirt before 1.4 sets no label.
        names.push(format!("{STATE_LABEL}-{}", machine.name()));
    }
    Ok(names.iter().map(|name| identifier(machine, CLAIMS, name)).collect())
}

/// An object in the machine's namespace.
fn identifier(machine: &Item, resource: &str, name: &str) -> ResourceIdentifier {
    ResourceIdentifier::new(resource, machine.namespace(), name)
}

#[cfg(test)]
mod tests;
