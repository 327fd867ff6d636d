use plugwright::prelude::*;

#[restore_item_action(name = "example.io/my-plugin")]
trait Plugin: RestoreItemAction {}

fn main() {}
