use plugwright::prelude::*;
use tracing::info;

/// Is there when a backup is deleted, and only says so.
#[delete_item_action(name = "example.io/delete-plugin")]
#[derive(Default)]
struct DeletePlugin;

impl DeleteItemAction for DeletePlugin {
    async fn execute(&self, _: &DeleteInput) -> Result<()> {
        info!("Hello from my DeletePlugin!");
        Ok(())
    }
}
