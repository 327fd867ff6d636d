use plugwright::prelude::*;

#[restore_item_action(name = "example.io/my-plugin", new = Plugin::create)]
struct Plugin;

impl Plugin {
    async fn create(_: &Context) -> Option<Self> {
        Some(Self)
    }
}

impl RestoreItemAction for Plugin {
    async fn execute(&self, _: &mut RestoreInput) -> Result<RestoreOutput> {
        Ok(RestoreOutput::restore())
    }
}

fn main() {}
