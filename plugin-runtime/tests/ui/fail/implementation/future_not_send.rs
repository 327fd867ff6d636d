use std::rc::Rc;

use plugwright::prelude::*;

#[restore_item_action(name = "example.io/my-plugin")]
#[derive(Default)]
struct Plugin;

impl RestoreItemAction for Plugin {
    async fn execute(&self, _: &mut RestoreInput) -> Result<RestoreOutput> {
        let shared = Rc::new(7);
        std::future::ready(()).await;
        drop(shared);
        Ok(RestoreOutput::restore())
    }
}

fn main() {}
