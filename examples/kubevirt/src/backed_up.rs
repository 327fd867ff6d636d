//! Checks that a backup contains everything that a machine cannot be restored without.

use plugwright::kube::ResourceExt;
use plugwright::prelude::*;
use plugwright::types::labels::EXCLUDE_FROM_BACKUP;
use serde_json::Value;

use crate::graph::spec_pointer;
use crate::resource::{CLAIMS, DATA_VOLUMES, PODS, api};

/// On a Backup that is for the objects and not for their data: volumes may be missing.
const METADATA_BACKUP: &str = "velero.kubevirt.io/metadataBackup";

/// Whether the backup contains an object: by its filters, and by the label on the object, which must exist.
pub(crate) async fn is_backed_up(cx: &Context, backup: &Backup, id: &ResourceIdentifier) -> Result<bool> {
    let resource = id.group_resource();
    if !backup.selects(&resource, &id.namespace) {
        return Ok(false);
    }
    let object = api(cx, &resource, &id.namespace).await?.get_metadata(&id.name).await;
    Ok(!is_excluded(&object.with_context(|| format!("reading {id}"))?))
}

/// Whether Velero leaves the object out of every backup.
pub(crate) fn is_excluded(object: &impl ResourceExt) -> bool {
    object.labels().get(EXCLUDE_FROM_BACKUP).is_some_and(|value| value == "true")
}

/// The launcher pod has the hooks that freeze the guest's file systems: without it, snapshots of a running machine are
/// not consistent.
pub(crate) fn ensure_consistent(backup: &Backup, machine: &Item) -> Result<()> {
    let selects = |resource| backup.selects(resource, machine.namespace());
    ensure!(
        selects(PODS) || !selects(CLAIMS),
        "{machine} is running: a backup of its volumes must contain its launcher pod; include `{PODS}`, or exclude \
         `{CLAIMS}`"
    );
    Ok(())
}

/// Fails if the backup lacks a volume without which the restored machine could not start. Volumes of the machine's own
/// templates are made anew.
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
                    // A DataVolume may be gone once it has filled the claim of its name.
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
