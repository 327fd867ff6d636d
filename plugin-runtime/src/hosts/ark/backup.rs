//! The parts of a backup action's output that Ark does not support.

use crate::types::BackupOutput;

/// Ark cannot skip an item, and would store the annotation that tells Velero 1.18 to do so.
pub(super) fn log_what_is_lost(output: &BackupOutput) {
    if output.skip {
        tracing::warn!("Ark cannot skip an item: it is backed up");
    }
}
