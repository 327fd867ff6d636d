use std::fmt::Display;
use std::time::Duration;

use crate::types::ResourceIdentifier;

/// What a restore action gives back beside the item.
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
    /// Other objects of the backup that must be restored before this one.
    pub additional_items: Vec<ResourceIdentifier>,
    /// Whether they are restored even where the restore excludes them.
    pub must_include_additional_items: bool,
    /// What a person should look at.
    pub warnings: Vec<String>,
}

impl RestoreOutput {
    /// The item is restored, as it now is.
    pub fn restore() -> Self {
        Self {
            skip: false,
            additional_items: Vec::new(),
            must_include_additional_items: false,
            warnings: Vec::new(),
        }
    }

    /// The item is not restored, and neither are its additional items; no further action sees it.
    ///
    /// Heptio Ark cannot leave an item out: it restores it as it was, and gets a warning.
    pub fn skip() -> Self {
        Self { skip: true, ..Self::restore() }
    }

    /// Another object of the backup that must be restored before this one.
    pub fn additional_item(mut self, item: ResourceIdentifier) -> Self {
        self.additional_items.push(item);
        self
    }

    /// Other objects of the backup that must be restored before this one. Heptio Ark restores no others, and gets a
    /// warning that names them.
    pub fn additional_items(mut self, items: impl IntoIterator<Item = ResourceIdentifier>) -> Self {
        self.additional_items.extend(items);
        self
    }

    /// The additional items are restored even where the restore excludes them.
    ///
    /// Velero 1.18.3 and later. An older Velero does not know the annotation
    /// ([`MUST_INCLUDE_ADDITIONAL_ITEMS_RESTORE`](crate::types::annotations::MUST_INCLUDE_ADDITIONAL_ITEMS_RESTORE)) that says
    /// so, and restores the item with it.
    pub fn must_include_additional_items(mut self) -> Self {
        self.must_include_additional_items = true;
        self
    }

    /// The restore goes on, but a person should look at this. It goes to the log at level warn, which Velero counts
    /// as a warning of the restore; Heptio Ark has a place of its own for it among them.
    pub fn warning(mut self, text: impl Into<String>) -> Self {
        self.warnings.push(text.into());
        self
    }

    /// Whether the item is not restored.
    pub fn is_skipped(&self) -> bool {
        self.skip
    }
}

/// What a restore action of version 2 gives back beside the item.
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
    /// Other objects of the backup that must be restored before this one.
    pub additional_items: Vec<ResourceIdentifier>,
    /// Whether they are restored even where the restore excludes them.
    pub must_include_additional_items: bool,
    /// What a person should look at.
    pub warnings: Vec<String>,
    /// The id of the operation that the action has started.
    pub operation: Option<String>,
    /// Whether Velero waits until the additional items are ready.
    pub wait_for_additional_items: bool,
    /// How long it waits.
    pub additional_items_ready_timeout: Option<Duration>,
}

impl RestoreOutputV2 {
    /// The item is restored, as it now is.
    pub fn restore() -> Self {
        RestoreOutput::restore().into()
    }

    /// The item is not restored: see [`RestoreOutput::skip`]. An operation may still be named: Velero asks
    /// for its progress.
    pub fn skip() -> Self {
        RestoreOutput::skip().into()
    }

    /// Another object of the backup that must be restored before this one.
    pub fn additional_item(mut self, item: ResourceIdentifier) -> Self {
        self.additional_items.push(item);
        self
    }

    /// Other objects of the backup that must be restored before this one.
    pub fn additional_items(mut self, items: impl IntoIterator<Item = ResourceIdentifier>) -> Self {
        self.additional_items.extend(items);
        self
    }

    /// The additional items are restored even where the restore excludes them: see
    /// [`RestoreOutput::must_include_additional_items`].
    pub fn must_include_additional_items(mut self) -> Self {
        self.must_include_additional_items = true;
        self
    }

    /// A person should look at this: see [`RestoreOutput::warning`].
    pub fn warning(mut self, text: impl Into<String>) -> Self {
        self.warnings.push(text.into());
        self
    }

    /// The action has started an operation that goes on after `execute`; Velero asks for its progress by
    /// this id. An id with an empty text is the same as no operation.
    pub fn operation(mut self, id: impl Display) -> Self {
        self.operation = Some(id.to_string()).filter(|id| !id.is_empty());
        self
    }

    /// Velero asks `are_additional_items_ready` once a second, and restores this item only when the answer
    /// is yes. If it is not in time, that is an error of the restore.
    pub fn wait_for_additional_items(mut self) -> Self {
        self.wait_for_additional_items = true;
        self
    }

    /// How long Velero waits for them; without it or with zero, the server's `--resource-timeout` (10
    /// minutes). Means nothing without [`wait_for_additional_items`](Self::wait_for_additional_items).
    pub fn additional_items_ready_timeout(mut self, timeout: Duration) -> Self {
        self.additional_items_ready_timeout = Some(timeout);
        self
    }

    /// Whether the item is not restored.
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
    fn wishes_add_up() {
        let output = RestoreOutput::restore().additional_items([secret("a")]).additional_item(secret("b"));
        assert_eq!(output.additional_items, [secret("a"), secret("b")]);
        assert!(!output.is_skipped() && !output.must_include_additional_items);
        assert!(output.must_include_additional_items().must_include_additional_items);
        assert!(RestoreOutput::skip().is_skipped());
    }

    #[test]
    fn version_2_has_the_same_and_waits() {
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
