//! The runtime has another name here.

use framework::prelude::*;

#[backup_item_action_v2(name = "example.io/struct", crate = framework)]
#[derive(Default)]
struct Plugin;

impl BackupItemActionV2 for Plugin {
    async fn execute(&self, _: &mut BackupInput) -> Result<BackupOutputV2> {
        Ok(BackupOutputV2::backup())
    }
}

#[delete_item_action(name = "example.io/function", crate = framework)]
async fn delete(_: &DeleteInput) -> Result<()> {
    Ok(())
}

const NAME: &str = "example.io/constant";

#[restore_item_action(name = NAME, crate = ::framework)]
#[derive(Default)]
struct Constant;

impl RestoreItemAction for Constant {
    async fn execute(&self, _: &mut RestoreInput) -> Result<RestoreOutput> {
        Ok(RestoreOutput::restore())
    }
}

framework::main!();
