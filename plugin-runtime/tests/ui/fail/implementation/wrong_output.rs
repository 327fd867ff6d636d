use plugwright::prelude::*;

#[restore_item_action(name = "example.io/my-plugin")]
#[derive(Default)]
struct Plugin;

impl RestoreItemAction for Plugin {
    async fn execute(&self, _: &mut RestoreInput) -> Result<RestoreOutputV2> {
        Ok(RestoreOutputV2::restore())
    }
}

fn main() {}
