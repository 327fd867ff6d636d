//! The parts of a backup action's output that Ark does not support.

use crate::types::BackupOutput;

/// Ark cannot skip an item, and would store the annotation that tells Velero 1.18 to do so.
pub(super) fn log_what_is_lost(output: &BackupOutput) {
    if output.skip {
        tracing::warn!("Ark cannot skip an item: it is backed up");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::testing::logged;

    #[test]
    fn a_skipped_item_is_logged() {
        let lost = "WARN Ark cannot skip an item: it is backed up";
        assert_eq!(logged(|| log_what_is_lost(&BackupOutput::skip())), [lost]);
        assert_eq!(logged(|| log_what_is_lost(&BackupOutput::backup())), [] as [&str; 0]);
    }
}
