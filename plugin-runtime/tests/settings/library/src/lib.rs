//! Plugins in a library.

use plugwright::prelude::*;

/// In the library.
#[restore_item_action(name = "example.io/in-two-crates")]
#[derive(Default)]
pub struct Plugin;

impl RestoreItemAction for Plugin {
    async fn execute(&self, _: &mut RestoreInput) -> Result<RestoreOutput> {
        Ok(RestoreOutput::restore())
    }
}
