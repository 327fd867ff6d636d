//! Edition 2021, where `gen` is a name and `unsafe` attributes are new.
#![forbid(unsafe_code)]
#![deny(warnings, unused_qualifications)]

use plugwright::prelude::*;

#[restore_item_action_v2(name = "example.io/struct", new = Self::gen)]
struct Plugin;

impl Plugin {
    fn gen() -> Self {
        Self
    }
}

impl RestoreItemActionV2 for Plugin {
    async fn execute(&self, _: &mut RestoreInput) -> Result<RestoreOutputV2> {
        Ok(RestoreOutputV2::restore())
    }
}

#[item_block_action(name = "example.io/function")]
async fn gen(_: &ItemBlockInput) -> Result<Vec<ResourceIdentifier>> {
    Ok(Vec::new())
}

plugwright::main!();
