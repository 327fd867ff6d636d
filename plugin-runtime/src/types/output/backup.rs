use std::fmt::Display;

use crate::types::ResourceIdentifier;

/// The result of a backup action, besides the item.
///
/// ```
/// use plugwright::{BackupOutput, ResourceIdentifier};
///
/// let output = BackupOutput::backup().additional_item(ResourceIdentifier::new("secrets", "shop", "tls"));
/// assert_eq!(output.additional_items[0].name, "tls");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "Velero only gets what `execute` returns"]
#[non_exhaustive]
pub struct BackupOutput {
    pub(crate) skip: bool,
    /// Other objects to back up with this one.
    pub additional_items: Vec<ResourceIdentifier>,
    /// Whether to back them up even if the backup excludes them.
    pub must_include_additional_items: bool,
}

impl BackupOutput {
    /// Backs up the item with its changes.
    pub fn backup() -> Self {
        Self { skip: false, additional_items: Vec::new(), must_include_additional_items: false }
    }

    /// Omits the item and its additional items from the backup; no further action is called for it.
    ///
    /// Requires Velero 1.18.1 or later. An older Velero ignores the annotation
    /// ([`SKIP_FROM_BACKUP`](crate::types::annotations::SKIP_FROM_BACKUP)) and backs up the item.
    pub fn skip() -> Self {
        Self { skip: true, ..Self::backup() }
    }

    /// Adds an object to back up with this one.
    pub fn additional_item(mut self, item: ResourceIdentifier) -> Self {
        self.additional_items.push(item);
        self
    }

    /// Other objects to back up with this one.
    pub fn additional_items(mut self, items: impl IntoIterator<Item = ResourceIdentifier>) -> Self {
        self.additional_items.extend(items);
        self
    }

    /// Backs up the additional items even if the backup excludes them. The stored item keeps the annotation
    /// [`MUST_INCLUDE_ADDITIONAL_ITEMS`](crate::types::annotations::MUST_INCLUDE_ADDITIONAL_ITEMS).
    pub fn must_include_additional_items(mut self) -> Self {
        self.must_include_additional_items = true;
        self
    }

    /// Whether the item is omitted.
    pub fn is_skipped(&self) -> bool {
        self.skip
    }
}

/// The result of a V2 backup action, besides the item.
///
/// ```
/// use plugwright::{BackupOutputV2, ResourceIdentifier};
///
/// let upload = ResourceIdentifier::new("datauploads.velero.io", "velero", "du-1");
/// let output = BackupOutputV2::backup().operation("du-1").post_operation_item(upload);
/// assert_eq!(output.operation.as_deref(), Some("du-1"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "Velero only gets what `execute` returns"]
#[non_exhaustive]
pub struct BackupOutputV2 {
    pub(crate) skip: bool,
    /// Other objects to back up with this one.
    pub additional_items: Vec<ResourceIdentifier>,
    /// Whether to back them up even if the backup excludes them.
    pub must_include_additional_items: bool,
    /// The id of the operation that the action started.
    pub operation: Option<String>,
    /// Objects that Velero backs up again when the operation is done.
    pub post_operation_items: Vec<ResourceIdentifier>,
}

impl BackupOutputV2 {
    /// Backs up the item with its changes.
    pub fn backup() -> Self {
        BackupOutput::backup().into()
    }

    /// Omits the item from the backup: see [`BackupOutput::skip`].
    pub fn skip() -> Self {
        BackupOutput::skip().into()
    }

    /// Adds an object to back up with this one.
    pub fn additional_item(mut self, item: ResourceIdentifier) -> Self {
        self.additional_items.push(item);
        self
    }

    /// Other objects to back up with this one.
    pub fn additional_items(mut self, items: impl IntoIterator<Item = ResourceIdentifier>) -> Self {
        self.additional_items.extend(items);
        self
    }

    /// Backs up the additional items even if the backup excludes them. The stored item keeps the annotation
    /// [`MUST_INCLUDE_ADDITIONAL_ITEMS`](crate::types::annotations::MUST_INCLUDE_ADDITIONAL_ITEMS).
    pub fn must_include_additional_items(mut self) -> Self {
        self.must_include_additional_items = true;
        self
    }

    /// Reports an operation that continues after `execute`; Velero polls its progress by this id.
    ///
    /// Do not start one while [`Backup::is_finalizing`](crate::types::Backup::is_finalizing): Velero fails
    /// the item. An empty id means no operation.
    pub fn operation(mut self, id: impl Display) -> Self {
        self.operation = Some(id.to_string()).filter(|id| !id.is_empty());
        self
    }

    /// Adds an object that Velero backs up again when the operation is done. Ignored without an operation.
    pub fn post_operation_item(mut self, item: ResourceIdentifier) -> Self {
        self.post_operation_items.push(item);
        self
    }

    /// Adds objects that Velero backs up again when the operation is done. Ignored without an operation.
    pub fn post_operation_items(mut self, items: impl IntoIterator<Item = ResourceIdentifier>) -> Self {
        self.post_operation_items.extend(items);
        self
    }

    /// Whether the item is omitted.
    pub fn is_skipped(&self) -> bool {
        self.skip
    }
}

impl From<BackupOutput> for BackupOutputV2 {
    fn from(output: BackupOutput) -> Self {
        let BackupOutput { skip, additional_items, must_include_additional_items } = output;
        Self {
            skip,
            additional_items,
            must_include_additional_items,
            operation: None,
            post_operation_items: Vec::new(),
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
        let output =
            BackupOutput::backup().additional_items([secret("a"), secret("b")]).additional_item(secret("c"));
        assert_eq!(output.additional_items, [secret("a"), secret("b"), secret("c")]);
        assert!(!output.is_skipped() && !output.must_include_additional_items);
        assert!(output.must_include_additional_items().must_include_additional_items);
        assert!(BackupOutput::skip().is_skipped());
    }

    #[test]
    fn v2_adds_operations() {
        let output = BackupOutputV2::backup()
            .additional_items([secret("a")])
            .additional_item(secret("b"))
            .must_include_additional_items()
            .operation(7)
            .post_operation_items([secret("c")])
            .post_operation_item(secret("d"));
        assert_eq!(output.additional_items, [secret("a"), secret("b")]);
        assert!(output.must_include_additional_items && !output.is_skipped());
        assert_eq!(output.operation.as_deref(), Some("7"));
        assert_eq!(output.post_operation_items, [secret("c"), secret("d")]);
        assert!(BackupOutputV2::skip().is_skipped());
        assert_eq!(BackupOutputV2::backup().operation("").operation, None);
    }
}
