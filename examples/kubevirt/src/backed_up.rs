//! Checks that a backup contains all objects that are required to restore a machine.

use plugwright::kube::ResourceExt;
use plugwright::prelude::*;
use plugwright::types::labels::EXCLUDE_FROM_BACKUP;
use serde_json::Value;

use crate::graph::spec_pointer;
use crate::resource::{CLAIMS, DATA_VOLUMES, PODS, api};

/// The label on a Backup of objects without their data, in which volumes may be missing.
const METADATA_BACKUP: &str = "velero.kubevirt.io/metadataBackup";

/// Whether the backup contains an existing object, by the backup's filters and the object's label.
pub(crate) async fn is_backed_up(cx: &Context, backup: &Backup, id: &ResourceIdentifier) -> Result<bool> {
    let resource = id.group_resource();
    if !backup.selects(&resource, &id.namespace) {
        return Ok(false);
    }
    let object = api(cx, &resource, &id.namespace).await?.get_metadata(&id.name).await;
    Ok(!is_excluded(&object.with_context(|| format!("reading {id}"))?))
}

/// Whether Velero excludes the object from every backup.
pub(crate) fn is_excluded(object: &impl ResourceExt) -> bool {
    object.labels().get(EXCLUDE_FROM_BACKUP).is_some_and(|value| value == "true")
}

/// Checks that the backup of a running machine contains its launcher pod. The pod has the hooks that freeze the guest's
/// file systems, without which snapshots are inconsistent.
pub(crate) fn ensure_consistent(backup: &Backup, machine: &Item) -> Result<()> {
    let selects = |resource| backup.selects(resource, machine.namespace());
    ensure!(
        selects(PODS) || !selects(CLAIMS),
        "{machine} is running: a backup of its volumes must contain its launcher pod; include `{PODS}`, or exclude \
         `{CLAIMS}`"
    );
    Ok(())
}

/// Fails if the backup lacks a volume that the restored machine requires. Volumes from the machine's own templates are
/// created again.
pub(crate) async fn ensure_volumes(cx: &Context, backup: &Backup, machine: &Item) -> Result<()> {
    if backup.metadata.labels.contains_key(METADATA_BACKUP) {
        return Ok(());
    }
    let namespace = machine.namespace();
    let templates: Vec<&Value> = machine.get_each("/spec/dataVolumeTemplates/*/metadata/name").collect();
    for volume in machine.get_each(&format!("{}/volumes/*", spec_pointer(machine))) {
        let (resource, name) =
            match (&volume["dataVolume"]["name"], &volume["persistentVolumeClaim"]["claimName"]) {
                (name, _) if templates.contains(&name) => continue,
                (Value::String(name), _) => {
                    // A DataVolume may be deleted once it has filled the claim of the same name.
                    let exists =
                        api(cx, DATA_VOLUMES, namespace).await?.get_metadata_opt(name).await?.is_some();
                    (if exists { DATA_VOLUMES } else { CLAIMS }, name)
                }
                (_, Value::String(name)) => (CLAIMS, name),
                _ => continue,
            };
        let id = ResourceIdentifier::new(resource, namespace, name);
        ensure!(
            is_backed_up(cx, backup, &id).await?,
            "{machine} could not be restored: its volume {id} is not in the backup"
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests;
