//! What actions give back. The item itself is not in it: an action changes the one in its input.

mod backup;
mod restore;

pub use backup::{BackupOutput, BackupOutputV2};
pub use restore::{RestoreOutput, RestoreOutputV2};
