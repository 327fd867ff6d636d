use plugwright::prelude::*;

#[restore_item_action(name = "example.io/my-plugin")]
type Plugin = u8;

fn main() {}
