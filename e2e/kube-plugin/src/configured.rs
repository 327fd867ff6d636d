//! Reads a plugin's ConfigMap, in actions of both versions.

use std::collections::BTreeMap;
use std::time::Duration;

use plugwright::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Default, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
struct Settings {
    dry_run: bool,
    retries: u8,
    timeout: Duration,
    images: Vec<String>,
    rules: Vec<Rule>,
}

#[derive(Deserialize, Serialize)]
struct Rule {
    namespace: String,
    limits: BTreeMap<String, u32>,
}

/// Writes the settings to an annotation; `null` without a ConfigMap.
fn note(item: &mut Item, annotation: &str, settings: &impl Serialize) -> Result<()> {
    item.set_annotation(annotation, serde_json::to_string(settings)?);
    Ok(())
}

#[restore_item_action(
    name = "e2e.plugwright.dev/configured",
    included_resources = ["configmaps"],
    label_selector = "e2e=configured",
    new = Self::new,
)]
struct Configured(Option<Settings>);

impl Configured {
    async fn new(cx: &Context) -> Result<Self> {
        Ok(Self(cx.plugin_config().await?))
    }
}

impl RestoreItemAction for Configured {
    async fn execute(&self, input: &mut RestoreInput) -> Result<RestoreOutput> {
        note(&mut input.item, "e2e.plugwright.dev/configured", &self.0)?;
        Ok(RestoreOutput::restore())
    }
}

/// Accepts any keys.
#[restore_item_action_v2(
    name = "e2e.plugwright.dev/configured-v2",
    included_resources = ["configmaps"],
    label_selector = "e2e=configured",
    new = Self::new,
)]
struct ConfiguredV2(Option<BTreeMap<String, String>>);

impl ConfiguredV2 {
    async fn new(cx: &Context) -> Result<Self> {
        Ok(Self(cx.plugin_config().await?))
    }
}

impl RestoreItemActionV2 for ConfiguredV2 {
    async fn execute(&self, input: &mut RestoreInput) -> Result<RestoreOutputV2> {
        note(&mut input.item, "e2e.plugwright.dev/configured-v2", &self.0)?;
        Ok(RestoreOutputV2::restore())
    }
}
