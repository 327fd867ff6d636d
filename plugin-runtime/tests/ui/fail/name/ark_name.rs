use plugwright::prelude::*;

#[restore_item_action(name = "example.io/slash", ark_name = "example.io/slash")]
#[derive(Default)]
struct Slash;

impl RestoreItemAction for Slash {
    async fn execute(&self, _: &mut RestoreInput) -> Result<RestoreOutput> {
        Ok(RestoreOutput::restore())
    }
}

#[backup_item_action(name = "example.io/empty", ark_name = "")]
#[derive(Default)]
struct Empty;

impl BackupItemAction for Empty {
    async fn execute(&self, _: &mut BackupInput) -> Result<BackupOutput> {
        Ok(BackupOutput::backup())
    }
}

#[backup_item_action(name = "example.io/nul", ark_name = "my\0cloud")]
#[derive(Default)]
struct Nul;

impl BackupItemAction for Nul {
    async fn execute(&self, _: &mut BackupInput) -> Result<BackupOutput> {
        Ok(BackupOutput::backup())
    }
}

fn main() {}
