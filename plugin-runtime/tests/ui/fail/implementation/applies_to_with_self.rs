use plugwright::prelude::*;

#[restore_item_action(name = "example.io/my-plugin")]
#[derive(Default)]
struct Plugin;

impl RestoreItemAction for Plugin {
    async fn applies_to(&self, declared: ResourceSelector) -> Result<ResourceSelector> {
        Ok(declared)
    }

    async fn execute(&self, _: &mut RestoreInput) -> Result<RestoreOutput> {
        Ok(RestoreOutput::restore())
    }
}

fn main() {}
