use plugwright::prelude::*;

#[restore_item_action(name = "example.io/my-plugin")]
fn restore(_: &mut RestoreInput) -> Result<RestoreOutput> {
    Ok(RestoreOutput::restore())
}

fn main() {}
