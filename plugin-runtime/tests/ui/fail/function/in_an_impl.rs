use plugwright::prelude::*;

struct Plugin;

impl Plugin {
    #[restore_item_action(name = "example.io/my-plugin")]
    async fn restore(_: &mut RestoreInput) -> Result<RestoreOutput> {
        Ok(RestoreOutput::restore())
    }
}

fn main() {}
