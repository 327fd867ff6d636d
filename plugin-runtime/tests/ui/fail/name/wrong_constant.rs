use plugwright::prelude::*;

const NAME: &str = "my-plugin";

#[restore_item_action(name = NAME)]
#[derive(Default)]
struct Plugin;

impl RestoreItemAction for Plugin {
    async fn execute(&self, _: &mut RestoreInput) -> Result<RestoreOutput> {
        Ok(RestoreOutput::restore())
    }
}

fn main() {}
