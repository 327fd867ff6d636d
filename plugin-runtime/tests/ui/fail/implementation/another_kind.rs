use plugwright::prelude::*;

#[restore_item_action(name = "example.io/my-plugin")]
#[derive(Default)]
struct Plugin;

impl BackupItemAction for Plugin {
    async fn execute(&self, _: &mut BackupInput) -> Result<BackupOutput> {
        Ok(BackupOutput::backup())
    }
}

fn main() {}
