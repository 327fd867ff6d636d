use plugwright::prelude::*;

#[restore_item_action(name = "example.io/my-plugin")]
async fn restore(_: &mut RestoreInput) -> Result<RestoreOutputV2> {
    Ok(RestoreOutputV2::restore())
}

fn main() {}
