#[restore_item_action(name = "example.io/my-plugin")]
async fn restore(_: &mut plugwright::RestoreInput) -> plugwright::Result<plugwright::RestoreOutput> {
    Ok(plugwright::RestoreOutput::restore())
}

fn main() {}
