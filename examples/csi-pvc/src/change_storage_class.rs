//! Replaces the storage classes of restored volumes.

use std::collections::BTreeMap;

use plugwright::prelude::*;

/// Replaces storage classes according to the plugin's ConfigMap. The keys are the classes in the backup.
#[restore_item_action(
    name = "example.io/change-storage-class",
    included_resources = ["persistentvolumeclaims", "persistentvolumes", "statefulsets.apps"],
    new = Self::new,
)]
struct ChangeStorageClass {
    cx: Context,
    classes: BTreeMap<String, String>,
}

impl ChangeStorageClass {
    async fn new(cx: &Context) -> Result<Self> {
        Ok(Self { cx: cx.clone(), classes: cx.plugin_config().await?.unwrap_or_default() })
    }
}

impl RestoreItemAction for ChangeStorageClass {
    async fn execute(&self, input: &mut RestoreInput) -> Result<RestoreOutput> {
        let place = match input.item.kind() {
            "StatefulSet" => "/spec/volumeClaimTemplates/*/spec/storageClassName",
            _ => "/spec/storageClassName",
        };
        let existing = self.cx.api("storageclasses.storage.k8s.io/v1", None).await?;
        for class in input.item.get_each(place).filter_map(|class| self.classes.get(class.as_str()?)) {
            let found = existing.get_metadata(class).await;
            found.with_context(|| format!("the new storage class {class} of {}", input.item))?;
        }
        input.item.edit_each(place, |class| {
            if let Some(new) = class.as_str().and_then(|class| self.classes.get(class)) {
                *class = new.as_str().into();
            }
        });
        Ok(RestoreOutput::restore())
    }
}

#[cfg(test)]
mod tests;
