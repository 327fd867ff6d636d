//! The scenarios, a file each.

mod backup_and_restore;

use crate::scenario::{Plugins, Scenario};

/// In the order in which they are played.
pub(crate) static ALL: &[Scenario] = &[Scenario {
    name: "backup-and-restore",
    plugins: Plugins::Example,
    play: |site| Box::pin(backup_and_restore::play(site)),
}];
