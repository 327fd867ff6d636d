use plugwright::prelude::*;
use tracing::info;

/// Logs a message for each item of a deleted backup.
#[delete_item_action(name = "example.io/delete-plugin")]
#[derive(Default)]
struct DeletePlugin;

impl DeleteItemAction for DeletePlugin {
    async fn execute(&self, _: &DeleteInput) -> Result<()> {
        info!("Hello from my DeletePlugin!");
        Ok(())
    }
}
