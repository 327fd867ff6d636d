#![deny(warnings)]

use plugwright::Plugins;
use plugwright::prelude::*;

const NAME: &str = concat!("example.io/", "constant");

mod names {
    pub const TWO: &str = "example.io/path";
}

// Two kinds, and one kind under several names.
#[backup_item_action(name = "example.io/my-plugin")]
#[restore_item_action(name = "example.io/my-plugin")]
#[restore_item_action(name = NAME)]
#[restore_item_action(name = names::TWO)]
#[restore_item_action(name = concat!("example.io/", "macro"))]
#[restore_item_action(name = "example.io/Free text, \"ü\"!\n")]
#[derive(Default)]
struct Plugin;

impl BackupItemAction for Plugin {
    async fn execute(&self, _: &mut BackupInput) -> Result<BackupOutput> {
        Ok(BackupOutput::backup())
    }
}

impl RestoreItemAction for Plugin {
    async fn execute(&self, _: &mut RestoreInput) -> Result<RestoreOutput> {
        Ok(RestoreOutput::restore())
    }
}

fn main() {
    let declared = format!("{:?}", Plugins::declared());
    for name in ["my-plugin", "constant", "path", "macro", "Free text, \\\"ü\\\"!\\n"] {
        assert!(declared.contains(&format!("\"example.io/{name}\"")), "{name} is not in {declared}");
    }
    assert_eq!(declared.matches("\"example.io/my-plugin\"").count(), 2, "{declared}");
}
