use plugwright::prelude::*;

#[restore_item_action(name = "example.io/my-plugin")]
#[derive(Default)]
struct Plugin;

impl RestoreItemAction for Plugin {}

fn main() {}
