use plugwright::prelude::*;

#[restore_item_action(name = "example.io/my-plugin")]
async fn restore(_: &RestoreInput) -> Result<RestoreOutput> {
    Ok(RestoreOutput::restore())
}

fn main() {}
