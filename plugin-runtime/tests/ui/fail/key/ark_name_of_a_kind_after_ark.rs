use plugwright::prelude::*;

#[delete_item_action(name = "example.io/mycloud", ark_name = "mycloud")]
#[derive(Default)]
struct Plugin;

impl DeleteItemAction for Plugin {
    async fn execute(&self, _: &DeleteInput) -> Result<()> {
        Ok(())
    }
}

fn main() {}
