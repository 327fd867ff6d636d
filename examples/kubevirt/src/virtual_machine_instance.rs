//! VirtualMachineInstances, which are running machines.

use plugwright::prelude::*;

use crate::backed_up::{ensure_consistent, ensure_volumes, is_backed_up, is_excluded};
use crate::launcher_pod::launcher_pod;
use crate::resource::VIRTUAL_MACHINES;
use crate::{graph, restore_options};

/// The annotation on an instance in a backup that its owner, such as a VirtualMachine, creates again after a restore.
const IS_OWNED: &str = "cdi.kubevirt.io/velero.isOwned";

/// Labels of a run. KubeVirt's webhook rejects a new instance with one of them.
const RUNTIME_LABELS: [&str; 6] = [
    "kubevirt.io/created-by",
    "kubevirt.io/migrationJobUID",
    "kubevirt.io/nodeName",
    "kubevirt.io/migrationTargetNodeName",
    "kubevirt.io/schedulable",
    "kubevirt.io/install-strategy",
];

/// Excludes an instance if its VirtualMachine is not in the backup, rejects an inconsistent backup of a running instance,
/// and adds all related objects.
#[backup_item_action(
    name = "kubevirt-velero-plugin/backup-virtualmachineinstance-action",
    included_resources = ["virtualmachineinstances.kubevirt.io"],
)]
async fn back_up(cx: &Context, input: &mut BackupInput) -> Result<BackupOutput> {
    let BackupInput { item: vmi, backup, .. } = input;
    let is_owned = !vmi.owner_references().is_empty();
    if is_owned {
        // Set the mark first: Velero before 1.18.1 backs up skipped items, and the mark prevents their restore.
        vmi.set_annotation(IS_OWNED, "true");
        let owner = ResourceIdentifier::new(VIRTUAL_MACHINES, vmi.namespace(), vmi.name());
        if !is_backed_up(cx, backup, &owner).await? {
            return Ok(BackupOutput::skip());
        }
    }
    if !vmi.condition("Paused").is_some_and(|paused| paused.is_true()) {
        ensure_consistent(backup, vmi)?;
        let pod = launcher_pod(cx, vmi).await?;
        let pod = pod.with_context(|| format!("{vmi} is running, but has no launcher pod"))?;
        ensure!(
            !is_excluded(&pod),
            "{vmi} is running, but a label excludes its launcher pod from the backup"
        );
    }
    if !is_owned {
        ensure_volumes(cx, backup, vmi).await?;
    }
    Ok(BackupOutput::backup().additional_items(graph::for_backup(cx, vmi).await?))
}

/// Skips instances that their owner creates again, and prepares the others to start.
#[restore_item_action(
    name = "kubevirt-velero-plugin/restore-vmi-action",
    included_resources = ["virtualmachineinstances.kubevirt.io"],
)]
async fn restore(cx: &Context, input: &mut RestoreInput) -> Result<RestoreOutput> {
    let RestoreInput { item: vmi, restore, .. } = input;
    if vmi.annotation(IS_OWNED) == Some("true") {
        return Ok(RestoreOutput::skip());
    }
    restore_options::apply(vmi, restore)?;
    for label in RUNTIME_LABELS {
        vmi.remove_label(label);
    }
    Ok(RestoreOutput::restore().additional_items(graph::for_restore(cx, vmi).await?))
}

#[cfg(test)]
mod tests;
