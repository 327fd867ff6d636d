//! Changes to a machine that labels on the Restore request.

use plugwright::prelude::*;
use uuid::Uuid;

use crate::graph::spec_pointer;

/// Removes the MAC addresses, for a copy of a machine.
const CLEAR_MAC_ADDRESS: &str = "velero.kubevirt.io/clear-mac-address";
/// Sets a new firmware UUID, for a copy of a machine.
const NEW_FIRMWARE_UUID: &str = "velero.kubevirt.io/generate-new-firmware-uuid";
/// Sets the run strategy of restored machines.
const RUN_STRATEGY: &str = "velero.kubevirt.io/restore-run-strategy";

/// Applies the options for instances and machines.
pub(crate) fn apply(machine: &mut Item, restore: &Restore) -> Result<()> {
    let (labels, spec) = (&restore.metadata.labels, spec_pointer(machine));
    if labels.contains_key(CLEAR_MAC_ADDRESS) {
        machine.remove_each(&format!("{spec}/domain/devices/interfaces/*/macAddress"));
    }
    if labels.contains_key(NEW_FIRMWARE_UUID) {
        machine.set(&format!("{spec}/domain/firmware/uuid"), Uuid::new_v4().to_string())?;
    }
    Ok(())
}

/// Applies the option that is only for machines.
pub(crate) fn apply_run_strategy(machine: &mut Item, restore: &Restore) -> Result<()> {
    if let Some(strategy) = restore.metadata.labels.get(RUN_STRATEGY) {
        machine.set("/spec/runStrategy", strategy.as_str())?;
        // The older field. KubeVirt rejects a machine with both.
        machine.remove("/spec/running");
    }
    Ok(())
}
