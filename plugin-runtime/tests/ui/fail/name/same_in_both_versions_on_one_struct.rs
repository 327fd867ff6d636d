use plugwright::prelude::*;

#[restore_item_action(name = "example.io/my-plugin")]
#[restore_item_action_v2(name = "example.io/my-plugin")]
#[derive(Default)]
struct Plugin;

impl RestoreItemActionV2 for Plugin {
    async fn execute(&self, _: &mut RestoreInput) -> Result<RestoreOutputV2> {
        Ok(RestoreOutputV2::restore())
    }
}

impl RestoreItemAction for Plugin {
    async fn execute(&self, _: &mut RestoreInput) -> Result<RestoreOutput> {
        Ok(RestoreOutput::restore())
    }
}

fn main() {}
