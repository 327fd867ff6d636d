use plugwright::prelude::*;

struct Settings;

#[restore_item_action(name = "example.io/my-plugin")]
async fn restore(_: &Settings, _: &mut RestoreInput) -> Result<RestoreOutput> {
    Ok(RestoreOutput::restore())
}

fn main() {}
