use plugwright::prelude::*;

#[restore_item_action(name = "example.io/my-plugin")]
async fn restore(_: &mut RestoreInput) -> Result<RestoreOutput> {
    let shared = std::rc::Rc::new(7);
    std::future::ready(()).await;
    drop(shared);
    Ok(RestoreOutput::restore())
}

fn main() {}
