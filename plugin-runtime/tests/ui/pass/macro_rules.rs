#![deny(warnings)]

use plugwright::Plugins;
use plugwright::prelude::*;

// Values substituted by a macro by example are in invisible groups.
macro_rules! watcher {
    ($plugin:ident, $name:literal, $resource:literal, $new:path, $labels:expr) => {
        #[delete_item_action(name = $name, included_resources = [$resource], new = $new, label_selector = $labels)]
        struct $plugin;

        impl $plugin {
            fn new() -> Self {
                Self
            }
        }

        impl DeleteItemAction for $plugin {
            async fn execute(&self, _: &DeleteInput) -> Result<()> {
                Ok(())
            }
        }
    };
}

watcher!(Pods, "example.io/pods", "pods", Pods::new, "app=shop");
watcher!(Secrets, "example.io/secrets", "secrets", Secrets::new, "");

fn main() {
    let declared = format!("{:?}", Plugins::declared());
    for text in ["\"example.io/pods\"", "\"example.io/secrets\"", "[\"secrets\"]", "app=shop"] {
        assert!(declared.contains(text), "{text} is not in {declared}");
    }
}
