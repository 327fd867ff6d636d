use plugwright::prelude::*;

#[restore_item_action(name = "example.io/my-plugin")]
async fn restore(input: &mut RestoreInput) -> Result<RestoreOutput> {
    tokio::spawn(async move { input.item.remove("/spec/nodeName") }).await?;
    Ok(RestoreOutput::restore())
}

fn main() {}
