use plugwright::prelude::*;

#[delete_item_action(included_resources = "pods")]
pub unsafe fn delete<T>(_: &DeleteInput, _: &Backup) {}

fn main() {}
