use std::fmt::Display;
use std::time::Duration;

use crate::types::ResourceIdentifier;

/// The result of a restore action, besides the item.
///
/// ```
/// use plugwright::{ResourceIdentifier, RestoreOutput};
///
/// let output = RestoreOutput::restore().additional_item(ResourceIdentifier::new("secrets", "shop", "tls"));
/// assert_eq!(output.additional_items[0].name, "tls");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "Velero only gets what `execute` returns"]
#[non_exhaustive]
pub struct RestoreOutput {
    pub(crate) skip: bool,
    /// Other objects of the backup to restore before this one.
    pub additional_items: Vec<ResourceIdentifier>,
    /// Whether to restore them even if the restore excludes them.
    pub must_include_additional_items: bool,
    /// Warnings for the user.
    pub warnings: Vec<String>,
}

impl RestoreOutput {
    /// Restores the item with its changes.
    pub fn restore() -> Self {
        Self {
            skip: false,
            additional_items: Vec::new(),
            must_include_additional_items: false,
            warnings: Vec::new(),
        }
    }

    /// Skips the item and its additional items; no further action is called for it.
    ///
    /// Heptio Ark cannot skip an item: it restores the item unchanged and records a warning.
    pub fn skip() -> Self {
        Self { skip: true, ..Self::restore() }
    }

    /// Adds an object of the backup to restore before this one.
    pub fn additional_item(mut self, item: ResourceIdentifier) -> Self {
        self.additional_items.push(item);
        self
    }

    /// Adds objects of the backup to restore before this one. Heptio Ark does not support this; it records a
    /// warning that names them.
    pub fn additional_items(mut self, items: impl IntoIterator<Item = ResourceIdentifier>) -> Self {
        self.additional_items.extend(items);
        self
    }

    /// Restores the additional items even if the restore excludes them.
    ///
    /// Requires Velero 1.18.3 or later. An older Velero ignores the annotation
    /// ([`MUST_INCLUDE_ADDITIONAL_ITEMS_RESTORE`](crate::types::annotations::MUST_INCLUDE_ADDITIONAL_ITEMS_RESTORE))
    /// and restores the item with it.
    pub fn must_include_additional_items(mut self) -> Self {
        self.must_include_additional_items = true;
        self
    }

    /// Adds a warning for the user; the restore continues. It is logged at level warn, which Velero counts as
    /// a warning of the restore; Heptio Ark receives it as a warning.
    pub fn warning(mut self, text: impl Into<String>) -> Self {
        self.warnings.push(text.into());
        self
    }

    /// Whether the item is skipped.
    pub fn is_skipped(&self) -> bool {
        self.skip
    }
}

/// The result of a V2 restore action, besides the item.
///
/// ```
/// use plugwright::{ResourceIdentifier, RestoreOutputV2};
///
/// let output = RestoreOutputV2::restore()
///     .additional_item(ResourceIdentifier::new("volumesnapshots.snapshot.storage.k8s.io", "shop", "db"))
///     .wait_for_additional_items();
/// assert!(output.wait_for_additional_items);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "Velero only gets what `execute` returns"]
#[non_exhaustive]
pub struct RestoreOutputV2 {
    pub(crate) skip: bool,
    /// Other objects of the backup to restore before this one.
    pub additional_items: Vec<ResourceIdentifier>,
    /// Whether to restore them even if the restore excludes them.
    pub must_include_additional_items: bool,
    /// Warnings for the user.
    pub warnings: Vec<String>,
    /// The id of the operation that the action started.
    pub operation: Option<String>,
    /// Whether Velero waits until the additional items are ready.
    pub wait_for_additional_items: bool,
    /// The timeout of this wait.
    pub additional_items_ready_timeout: Option<Duration>,
}

impl RestoreOutputV2 {
    /// Restores the item with its changes.
    pub fn restore() -> Self {
        RestoreOutput::restore().into()
    }

    /// Skips the item: see [`RestoreOutput::skip`]. An operation may still be set; Velero polls its progress.
    pub fn skip() -> Self {
        RestoreOutput::skip().into()
    }

    /// Adds an object of the backup to restore before this one.
    pub fn additional_item(mut self, item: ResourceIdentifier) -> Self {
        self.additional_items.push(item);
        self
    }

    /// Other objects of the backup to restore before this one.
    pub fn additional_items(mut self, items: impl IntoIterator<Item = ResourceIdentifier>) -> Self {
        self.additional_items.extend(items);
        self
    }

    /// Restores the additional items even if the restore excludes them: see
    /// [`RestoreOutput::must_include_additional_items`].
    pub fn must_include_additional_items(mut self) -> Self {
        self.must_include_additional_items = true;
        self
    }

    /// Adds a warning for the user: see [`RestoreOutput::warning`].
    pub fn warning(mut self, text: impl Into<String>) -> Self {
        self.warnings.push(text.into());
        self
    }

    /// Reports an operation that continues after `execute`; Velero polls its progress by this id. An empty id
    /// means no operation.
    pub fn operation(mut self, id: impl Display) -> Self {
        self.operation = Some(id.to_string()).filter(|id| !id.is_empty());
        self
    }

    /// Makes Velero call `are_additional_items_ready` once a second and restore this item only once it
    /// returns true. A timeout is an error of the restore.
    pub fn wait_for_additional_items(mut self) -> Self {
        self.wait_for_additional_items = true;
        self
    }

    /// Sets the timeout of this wait. Without it, or with zero, the server's `--resource-timeout` applies (10
    /// minutes). Ignored without [`wait_for_additional_items`](Self::wait_for_additional_items).
    pub fn additional_items_ready_timeout(mut self, timeout: Duration) -> Self {
        self.additional_items_ready_timeout = Some(timeout);
        self
    }

    /// Whether the item is skipped.
    pub fn is_skipped(&self) -> bool {
        self.skip
    }
}

impl From<RestoreOutput> for RestoreOutputV2 {
    fn from(output: RestoreOutput) -> Self {
        let RestoreOutput { skip, additional_items, must_include_additional_items, warnings } = output;
        Self {
            skip,
            additional_items,
            must_include_additional_items,
            warnings,
            operation: None,
            wait_for_additional_items: false,
            additional_items_ready_timeout: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(name: &str) -> ResourceIdentifier {
        ResourceIdentifier::new("secrets", "n", name)
    }

    #[test]
    fn builder_methods_combine() {
        let output = RestoreOutput::restore().additional_items([secret("a")]).additional_item(secret("b"));
        assert_eq!(output.additional_items, [secret("a"), secret("b")]);
        assert!(!output.is_skipped() && !output.must_include_additional_items);
        assert!(output.must_include_additional_items().must_include_additional_items);
        assert!(RestoreOutput::skip().is_skipped());
    }

    #[test]
    fn v2_adds_operations_and_waits() {
        let output = RestoreOutputV2::restore()
            .additional_items([secret("a")])
            .additional_item(secret("b"))
            .must_include_additional_items()
            .operation("op");
        assert_eq!(output.additional_items, [secret("a"), secret("b")]);
        assert!(
            output.must_include_additional_items && !output.is_skipped() && !output.wait_for_additional_items
        );
        assert_eq!((output.operation.as_deref(), output.additional_items_ready_timeout), (Some("op"), None));
        let output =
            output.wait_for_additional_items().additional_items_ready_timeout(Duration::from_secs(5));
        assert!(output.wait_for_additional_items);
        assert_eq!(output.additional_items_ready_timeout, Some(Duration::from_secs(5)));
        assert!(RestoreOutputV2::skip().is_skipped());
        assert_eq!(RestoreOutputV2::restore().operation("").operation, None);
    }
}
