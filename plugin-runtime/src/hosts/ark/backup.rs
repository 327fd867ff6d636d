//! What Ark does not get of a backup action's output.

use crate::types::BackupOutput;

/// Ark has no way to leave an item out, and would store the annotation by which Velero 1.18 is told to.
pub(super) fn log_what_is_lost(output: &BackupOutput) {
    if output.skip {
        tracing::warn!("this item was to be left out of the backup, which Ark cannot do");
    }
}
