#![deny(warnings)]

// A renamed runtime, and prelude names that the user defines differently.
mod vendored {
    pub use plugwright as framework;
}

use vendored::framework;

#[allow(dead_code)]
struct Declaration;
#[allow(dead_code)]
struct Default;

#[framework::delete_item_action(name = "example.io/r", new = r#struct::new, crate = vendored::framework)]
#[allow(non_camel_case_types)]
struct r#struct;

impl r#struct {
    fn new() -> Self {
        Self
    }
}

impl framework::DeleteItemAction for r#struct {
    async fn execute(&self, _: &framework::DeleteInput) -> framework::Result<()> {
        Ok(())
    }
}

mod inner {
    use plugwright::prelude::*;

    #[cfg_attr(all(), delete_item_action(name = "example.io/private"))]
    #[derive(Default)]
    struct Private {
        _field: u8,
    }

    impl DeleteItemAction for Private {
        async fn execute(&self, _: &DeleteInput) -> Result<()> {
            Ok(())
        }
    }
}

fn main() {
    #[plugwright::delete_item_action(name = "example.io/local", new = Local::new)]
    struct Local;

    impl Local {
        fn new() -> Self {
            Self
        }
    }

    impl plugwright::DeleteItemAction for Local {
        async fn execute(&self, _: &plugwright::DeleteInput) -> plugwright::Result<()> {
            Ok(())
        }
    }

    let declared = format!("{:?}", plugwright::Plugins::declared());
    assert_eq!(declared.matches("example.io/").count(), 3, "{declared}");
    assert!(declared.contains("places.rs:15"), "{declared}");
}
