//! Declares a name that the library also declares. For Velero, V1 and V2 are one kind.

use plugwright::prelude::*;

#[restore_item_action_v2(name = "example.io/in-two-crates")]
async fn restore(_: &mut RestoreInput) -> Result<RestoreOutputV2> {
    Ok(RestoreOutputV2::restore())
}

plugwright::main!(library);
