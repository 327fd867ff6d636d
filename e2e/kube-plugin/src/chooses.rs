//! Selects its items at run time, as a ConfigMap says.

use plugwright::prelude::*;
use serde::Deserialize;

#[derive(Deserialize)]
struct Choice {
    /// If empty, the plugin is for every item.
    #[serde(default)]
    resources: Vec<String>,
}

/// Without a ConfigMap, it is for Secrets.
#[restore_item_action(name = "e2e.plugwright.dev/chooses", included_resources = ["secrets"])]
#[derive(Default)]
struct Chooses;

impl RestoreItemAction for Chooses {
    async fn applies_to(cx: &Context, declared: ResourceSelector) -> Result<ResourceSelector> {
        let choice: Option<Choice> = cx.plugin_config().await?;
        Ok(match choice {
            Some(choice) => ResourceSelector::default().included_resources(choice.resources),
            None => declared,
        })
    }

    async fn execute(&self, input: &mut RestoreInput) -> Result<RestoreOutput> {
        input.item.set_annotation("e2e.plugwright.dev/chooses", "");
        Ok(RestoreOutput::restore())
    }
}
