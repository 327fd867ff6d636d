use plugwright::prelude::*;

#[restore_item_action(name = "example.io/my-plugin")]
async fn restore(_: &mut RestoreInput) {}

fn main() {}
