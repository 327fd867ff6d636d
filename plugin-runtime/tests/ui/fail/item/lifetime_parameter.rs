use plugwright::prelude::*;

#[restore_item_action(name = "example.io/my-plugin")]
#[derive(Default)]
struct Plugin<'a>(&'a str);

impl RestoreItemAction for Plugin<'static> {
    async fn execute(&self, _: &mut RestoreInput) -> Result<RestoreOutput> {
        Ok(RestoreOutput::restore())
    }
}

fn main() {}
