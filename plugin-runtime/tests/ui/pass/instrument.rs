// The prelude's items from `tracing`.
#![deny(warnings)]

use plugwright::prelude::*;

#[restore_item_action(name = "example.io/my-plugin")]
async fn restore(input: &mut RestoreInput) -> Result<RestoreOutput> {
    unpin(&mut input.item);
    Ok(RestoreOutput::restore())
}

#[instrument(skip_all)]
fn unpin(item: &mut Item) {
    item.remove("/spec/nodeName");
    tracing::info!("unpinned");
}

fn main() {}
