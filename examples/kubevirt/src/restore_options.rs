//! Changes of a machine that labels on the Restore ask for.

use plugwright::prelude::*;
use uuid::Uuid;

use crate::graph::spec_pointer;

/// The copy of a machine must not have the addresses of the original.
const CLEAR_MAC_ADDRESS: &str = "velero.kubevirt.io/clear-mac-address";
/// The copy of a machine must not have the identity of the original.
const NEW_FIRMWARE_UUID: &str = "velero.kubevirt.io/generate-new-firmware-uuid";
/// The run strategy of restored machines, whatever the original's is.
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

/// Applies the option for machines alone.
pub(crate) fn apply_run_strategy(machine: &mut Item, restore: &Restore) -> Result<()> {
    if let Some(strategy) = restore.metadata.labels.get(RUN_STRATEGY) {
        machine.set("/spec/runStrategy", strategy.as_str())?;
        // The older field; KubeVirt refuses a machine with both.
        machine.remove("/spec/running");
    }
    Ok(())
}
