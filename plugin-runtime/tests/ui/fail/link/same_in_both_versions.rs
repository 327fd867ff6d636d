use plugwright::prelude::*;

#[restore_item_action(name = "example.io/my-plugin")]
#[derive(Default)]
struct First;

impl RestoreItemAction for First {
    async fn execute(&self, _: &mut RestoreInput) -> Result<RestoreOutput> {
        Ok(RestoreOutput::restore())
    }
}

#[restore_item_action_v2(name = "example.io/my-plugin")]
#[derive(Default)]
struct Second;

impl RestoreItemActionV2 for Second {
    async fn execute(&self, _: &mut RestoreInput) -> Result<RestoreOutputV2> {
        Ok(RestoreOutputV2::restore())
    }
}

fn main() {}
