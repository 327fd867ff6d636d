use plugwright::prelude::*;

#[derive(Default)]
#[restore_item_action(name = "example.io/my-plugin")]
struct MyPlugin;

impl RestoreItemAction for MyPlugin {
    async fn execute(&self, _: &mut RestoreInput) -> Result<RestoreOutput> {
        Ok(RestoreOutput::restore())
    }
}

fn main() {
    let _ = Context::for_tests_of::<MyPlugin>().with_client(());
}
