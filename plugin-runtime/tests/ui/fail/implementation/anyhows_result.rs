use plugwright::prelude::*;

#[restore_item_action(name = "example.io/my-plugin")]
#[derive(Default)]
struct Plugin;

impl RestoreItemAction for Plugin {
    async fn execute(&self, _: &mut RestoreInput) -> anyhow::Result<RestoreOutput> {
        Ok(RestoreOutput::restore())
    }
}

fn main() {}
