use plugwright::prelude::*;

#[restore_item_action(name = "example.io/my-plugin")]
async fn restore<T: Default>(_: &mut RestoreInput) -> Result<RestoreOutput> {
    let _ = T::default();
    Ok(RestoreOutput::restore())
}

fn main() {}
