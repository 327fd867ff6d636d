//! The outputs of actions. They do not contain the item: an action changes the item in its input.

mod backup;
mod restore;

pub use backup::{BackupOutput, BackupOutputV2};
pub use restore::{RestoreOutput, RestoreOutputV2};
