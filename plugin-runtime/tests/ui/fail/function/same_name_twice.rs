use plugwright::prelude::*;

#[restore_item_action(name = "example.io/my-plugin", included_resources = ["pods"])]
#[restore_item_action(name = "example.io/my-plugin", included_resources = ["secrets"])]
async fn restore(_: &mut RestoreInput) -> Result<RestoreOutput> {
    Ok(RestoreOutput::restore())
}

fn main() {}
