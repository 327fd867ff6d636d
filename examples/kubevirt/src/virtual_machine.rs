//! VirtualMachines.

use plugwright::prelude::*;

use crate::backed_up::{ensure_consistent, ensure_volumes, is_backed_up};
use crate::resource::VIRTUAL_MACHINE_INSTANCES;
use crate::{graph, restore_options};

/// Rejects a backup from which the machine could not be restored, and adds all related objects.
#[backup_item_action(
    name = "kubevirt-velero-plugin/backup-virtualmachine-action",
    included_resources = ["virtualmachines.kubevirt.io"],
)]
async fn back_up(cx: &Context, input: &mut BackupInput) -> Result<BackupOutput> {
    let BackupInput { item: vm, backup, .. } = input;
    if matches!(vm.get_str("/status/printableStatus"), Some("Starting" | "Running")) {
        let instance = ResourceIdentifier::new(VIRTUAL_MACHINE_INSTANCES, vm.namespace(), vm.name());
        ensure!(
            is_backed_up(cx, backup, &instance).await?,
            "{vm} is running, but {instance} is not in the backup"
        );
        ensure_consistent(backup, vm)?;
    }
    ensure_volumes(cx, backup, vm).await?;
    let related = graph::for_backup(cx, vm).await?;
    // Velero does not restore the status, so store the revisions in use in the spec.
    for of in ["instancetype", "preference"] {
        if let Some(revision) = graph::revision(vm, of).map(ToOwned::to_owned) {
            vm.set(&format!("/spec/{of}/revisionName"), revision)?;
        }
    }
    Ok(BackupOutput::backup().additional_items(related))
}

/// Applies the options of the Restore, and restores all related objects first.
#[restore_item_action(
    name = "kubevirt-velero-plugin/restore-vm-action",
    included_resources = ["virtualmachines.kubevirt.io"],
)]
async fn restore(cx: &Context, input: &mut RestoreInput) -> Result<RestoreOutput> {
    let RestoreInput { item: vm, restore, .. } = input;
    restore_options::apply(vm, restore)?;
    restore_options::apply_run_strategy(vm, restore)?;
    Ok(RestoreOutput::restore().additional_items(graph::for_restore(cx, vm).await?))
}

#[cfg(test)]
mod tests;
