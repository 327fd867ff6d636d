use plugwright::prelude::*;

#[restore_item_action(name = "example.io/my-plugin")]
async fn restore(_: &mut RestoreInput, _: &Context) -> Result<RestoreOutput> {
    Ok(RestoreOutput::restore())
}

fn main() {}
