//! The item block action.

use plugwright::prelude::*;

use crate::edit::additional;
use crate::script::{self, wish};

#[item_block_action(
    name = "probe.plugwright.dev/item-block-action",
    included_namespaces = ["item-block", "probe"],
    excluded_namespaces = ["kube-system"],
    included_resources = ["pods", "deployments.apps"],
    excluded_resources = ["events", "secrets"],
    label_selector = "probe in (item-block),!hidden",
)]
#[derive(Default)]
struct Probe;

impl ItemBlockAction for Probe {
    async fn get_related_items(&self, input: &ItemBlockInput) -> Result<Vec<ResourceIdentifier>> {
        let mut related = Vec::new();
        script::each(&wish(&input.item), |command| {
            match command.verb {
                "additional" => related = additional(command.argument)?,
                "echo-backup" => {
                    let metadata = &input.backup.metadata;
                    related.push(ResourceIdentifier::new("", &*metadata.namespace, &*metadata.name));
                }
                _ => return script::unknown(command),
            }
            Ok(())
        })?;
        Ok(related)
    }
}
