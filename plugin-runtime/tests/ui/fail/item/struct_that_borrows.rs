use plugwright::prelude::*;

#[restore_item_action(name = "example.io/my-plugin", new = Self::new)]
struct Plugin<'a> {
    cx: &'a Context,
}

impl<'a> Plugin<'a> {
    fn new(cx: &'a Context) -> Self {
        Self { cx }
    }
}

fn main() {}
