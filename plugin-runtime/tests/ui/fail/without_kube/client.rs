use plugwright::prelude::*;

#[restore_item_action(name = "example.io/my-plugin")]
async fn restore(cx: &Context, _: &mut RestoreInput) -> Result<RestoreOutput> {
    let _ = cx.client().await?;
    Ok(RestoreOutput::restore())
}

fn main() {}
