use plugwright::prelude::*;

#[restore_item_action(name = "example.io/my-plugin", new = Self::new)]
struct Plugin {
    cx: &'static Context,
}

impl Plugin {
    fn new(cx: &'static Context) -> Self {
        Self { cx }
    }
}

impl RestoreItemAction for Plugin {
    async fn execute(&self, _: &mut RestoreInput) -> Result<RestoreOutput> {
        let _ = self.cx.name();
        Ok(RestoreOutput::restore())
    }
}

fn main() {}
