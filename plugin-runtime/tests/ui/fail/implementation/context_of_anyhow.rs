use anyhow::Context;
use plugwright::prelude::*;

#[restore_item_action(name = "example.io/my-plugin")]
async fn restore(_: &mut RestoreInput) -> Result<RestoreOutput> {
    std::fs::read("/etc/hostname").context("reading the host's name")?;
    Ok(RestoreOutput::restore())
}

fn main() {}
