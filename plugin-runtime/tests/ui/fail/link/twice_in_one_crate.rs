use plugwright::prelude::*;

#[restore_item_action(name = "example.io/my-plugin")]
#[derive(Default)]
struct Plugin;

impl RestoreItemAction for Plugin {
    async fn execute(&self, _: &mut RestoreInput) -> Result<RestoreOutput> {
        Ok(RestoreOutput::restore())
    }
}

mod other {
    use plugwright::prelude::*;

    #[restore_item_action(name = "example.io/my-plugin")]
    #[derive(Default)]
    struct Other;

    impl RestoreItemAction for Other {
        async fn execute(&self, _: &mut RestoreInput) -> Result<RestoreOutput> {
            Ok(RestoreOutput::skip())
        }
    }
}

fn main() {}
