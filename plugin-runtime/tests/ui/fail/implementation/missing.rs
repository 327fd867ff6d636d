use plugwright::prelude::*;

#[backup_item_action(name = "example.io/my-plugin")]
#[derive(Default)]
struct A;

#[backup_item_action_v2(name = "example.io/my-second-plugin")]
#[derive(Default)]
struct B;

#[restore_item_action(name = "example.io/my-plugin")]
#[derive(Default)]
struct C;

#[restore_item_action_v2(name = "example.io/my-second-plugin")]
#[derive(Default)]
struct D;

#[delete_item_action(name = "example.io/my-plugin")]
#[derive(Default)]
struct E;

#[item_block_action(name = "example.io/my-plugin")]
#[derive(Default)]
struct F;

#[object_store(name = "example.io/my-plugin")]
struct G;

#[volume_snapshotter(name = "example.io/my-plugin")]
struct H;

fn main() {}
