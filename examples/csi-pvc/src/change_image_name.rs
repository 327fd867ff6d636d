//! Replaces the images of restored workloads, such as to use another registry.

use std::collections::BTreeMap;

use plugwright::prelude::*;

/// Replaces parts of images according to the plugin's ConfigMap. Each value is a rule `old,new`. The first matching rule
/// applies, in the order of the keys.
#[restore_item_action(
    name = "example.io/change-image-name",
    included_resources = [
        "deployments.apps", "statefulsets.apps", "daemonsets.apps", "replicasets.apps", "replicationcontrollers",
        "jobs.batch", "cronjobs.batch", "pods",
    ],
    new = Self::new,
)]
struct ChangeImageName {
    rules: Vec<(String, String)>,
}

impl ChangeImageName {
    async fn new(cx: &Context) -> Result<Self> {
        let config: BTreeMap<String, String> = cx.plugin_config().await?.unwrap_or_default();
        Ok(Self { rules: config.iter().filter_map(|(key, text)| rule(key, text)).collect() })
    }
}

impl RestoreItemAction for ChangeImageName {
    async fn execute(&self, input: &mut RestoreInput) -> Result<RestoreOutput> {
        input.item.edit_images(|image| {
            let (old, new) = self.rules.iter().find(|(old, _)| image.contains(old))?;
            Some(image.replace(old, new))
        });
        Ok(RestoreOutput::restore())
    }
}

fn rule(key: &str, text: &str) -> Option<(String, String)> {
    match text.split_once(',').map(|(old, new)| (old.trim(), new.trim())) {
        Some((old, new)) if !old.is_empty() && !new.is_empty() => Some((old.into(), new.into())),
        _ => {
            tracing::warn!("ignoring `{key}` in the configuration: expected `old,new`, found {text:?}");
            None
        }
    }
}

#[cfg(test)]
mod tests;
