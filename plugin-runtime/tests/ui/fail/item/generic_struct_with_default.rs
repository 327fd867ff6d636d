use plugwright::prelude::*;

#[restore_item_action(name = "example.io/my-plugin")]
#[derive(Default)]
struct Plugin<T = u32>(T);

impl<T: Send + Sync + 'static> RestoreItemAction for Plugin<T> {
    async fn execute(&self, _: &mut RestoreInput) -> Result<RestoreOutput> {
        Ok(RestoreOutput::restore())
    }
}

fn main() {}
