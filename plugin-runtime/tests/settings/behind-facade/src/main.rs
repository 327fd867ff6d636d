//! This crate depends on the runtime only through a crate that re-exports it.

use facade::velero::prelude::*;

#[restore_item_action_v2(name = "example.io/struct", crate = facade::velero)]
#[derive(Default)]
struct Plugin;

impl RestoreItemActionV2 for Plugin {
    async fn execute(&self, _: &mut RestoreInput) -> Result<RestoreOutputV2> {
        Ok(RestoreOutputV2::restore())
    }
}

#[backup_item_action(name = "example.io/function", crate = facade::velero)]
async fn back_up(_: &mut BackupInput) -> Result<BackupOutput> {
    Ok(BackupOutput::backup())
}

facade::velero::main!();
