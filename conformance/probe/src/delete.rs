//! The delete item action. It has no output, so it logs.

use plugwright::prelude::*;

use crate::echo;
use crate::edit::describe;
use crate::script::{self, wish};

#[delete_item_action(
    name = "probe.plugwright.dev/delete-item-action",
    included_namespaces = ["delete", "probe"],
    excluded_namespaces = ["kube-system"],
    included_resources = ["pods", "deployments.apps"],
    excluded_resources = ["events", "secrets"],
    label_selector = "probe in (delete),!hidden",
)]
#[derive(Default)]
struct Probe;

impl DeleteItemAction for Probe {
    async fn execute(&self, input: &DeleteInput) -> Result<()> {
        script::each(&wish(&input.item), |command| {
            match command.verb {
                "echo-item" => tracing::info!("{}", describe(&input.item)),
                "echo-backup" => tracing::info!("{}", echo::backup(&input.backup)),
                _ => return script::unknown(command),
            }
            Ok(())
        })
    }
}
