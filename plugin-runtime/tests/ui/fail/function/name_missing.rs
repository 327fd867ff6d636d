use plugwright::prelude::*;

#[restore_item_action]
async fn strip_class_refs(_: &mut RestoreInput) -> Result<RestoreOutput> {
    Ok(RestoreOutput::restore())
}

fn main() {}
