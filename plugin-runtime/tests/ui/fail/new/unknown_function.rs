use plugwright::prelude::*;

#[restore_item_action(name = "example.io/my-plugin", new = Self::invent)]
struct Plugin;

impl RestoreItemAction for Plugin {
    async fn execute(&self, _: &mut RestoreInput) -> Result<RestoreOutput> {
        Ok(RestoreOutput::restore())
    }
}

fn main() {}
