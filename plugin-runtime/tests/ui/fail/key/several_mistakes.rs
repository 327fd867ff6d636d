use plugwright::prelude::*;

#[restore_item_action(
    name = "my-plugin",
    included_resources = "pods",
    label_selector = "app in shop",
    exclude_namespaces = ["kube-system"],
)]
#[derive(Default)]
struct Plugin;

impl RestoreItemAction for Plugin {
    async fn execute(&self, _: &mut RestoreInput) -> Result<RestoreOutput> {
        Ok(RestoreOutput::restore())
    }
}

fn main() {}
