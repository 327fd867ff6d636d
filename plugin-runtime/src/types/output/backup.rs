use std::fmt::Display;

use crate::types::ResourceIdentifier;

/// What a backup action gives back beside the item.
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
    /// Other objects that must be backed up with this one.
    pub additional_items: Vec<ResourceIdentifier>,
    /// Whether they are backed up even where the backup excludes them.
    pub must_include_additional_items: bool,
}

impl BackupOutput {
    /// The item goes into the backup, as it now is.
    pub fn backup() -> Self {
        Self { skip: false, additional_items: Vec::new(), must_include_additional_items: false }
    }

    /// The item is left out of the backup, and so are its additional items; no further action sees it.
    ///
    /// Velero 1.18.1 and later. An older Velero does not know the annotation
    /// ([`SKIP_FROM_BACKUP`](crate::types::annotations::SKIP_FROM_BACKUP)) that says so, and backs the item
    /// up.
    pub fn skip() -> Self {
        Self { skip: true, ..Self::backup() }
    }

    /// Another object that must be backed up with this one.
    pub fn additional_item(mut self, item: ResourceIdentifier) -> Self {
        self.additional_items.push(item);
        self
    }

    /// Other objects that must be backed up with this one.
    pub fn additional_items(mut self, items: impl IntoIterator<Item = ResourceIdentifier>) -> Self {
        self.additional_items.extend(items);
        self
    }

    /// The additional items are backed up even where the backup excludes them.
    pub fn must_include_additional_items(mut self) -> Self {
        self.must_include_additional_items = true;
        self
    }

    /// Whether the item is left out.
    pub fn is_skipped(&self) -> bool {
        self.skip
    }
}

/// What a backup action of version 2 gives back beside the item.
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
    /// Other objects that must be backed up with this one.
    pub additional_items: Vec<ResourceIdentifier>,
    /// Whether they are backed up even where the backup excludes them.
    pub must_include_additional_items: bool,
    /// The id of the operation that the action has started.
    pub operation: Option<String>,
    /// Objects that Velero backs up once more when the operation is done.
    pub post_operation_items: Vec<ResourceIdentifier>,
}

impl BackupOutputV2 {
    /// The item goes into the backup, as it now is.
    pub fn backup() -> Self {
        BackupOutput::backup().into()
    }

    /// The item is left out of the backup: see [`BackupOutput::skip`].
    pub fn skip() -> Self {
        BackupOutput::skip().into()
    }

    /// Another object that must be backed up with this one.
    pub fn additional_item(mut self, item: ResourceIdentifier) -> Self {
        self.additional_items.push(item);
        self
    }

    /// Other objects that must be backed up with this one.
    pub fn additional_items(mut self, items: impl IntoIterator<Item = ResourceIdentifier>) -> Self {
        self.additional_items.extend(items);
        self
    }

    /// The additional items are backed up even where the backup excludes them.
    pub fn must_include_additional_items(mut self) -> Self {
        self.must_include_additional_items = true;
        self
    }

    /// The action has started an operation that goes on after `execute`; Velero asks for its progress by
    /// this id.
    ///
    /// None must be started while [`Backup::is_finalizing`](crate::types::Backup::is_finalizing): Velero
    /// fails the item. An id with an empty text is the same as no operation.
    pub fn operation(mut self, id: impl Display) -> Self {
        self.operation = Some(id.to_string()).filter(|id| !id.is_empty());
        self
    }

    /// An object that Velero backs up once more when the operation is done. Means nothing without an
    /// operation.
    pub fn post_operation_item(mut self, item: ResourceIdentifier) -> Self {
        self.post_operation_items.push(item);
        self
    }

    /// Objects that Velero backs up once more when the operation is done. Means nothing without an operation.
    pub fn post_operation_items(mut self, items: impl IntoIterator<Item = ResourceIdentifier>) -> Self {
        self.post_operation_items.extend(items);
        self
    }

    /// Whether the item is left out.
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
    fn wishes_add_up() {
        let output =
            BackupOutput::backup().additional_items([secret("a"), secret("b")]).additional_item(secret("c"));
        assert_eq!(output.additional_items, [secret("a"), secret("b"), secret("c")]);
        assert!(!output.is_skipped() && !output.must_include_additional_items);
        assert!(output.must_include_additional_items().must_include_additional_items);
        assert!(BackupOutput::skip().is_skipped());
    }

    #[test]
    fn version_2_has_the_same_and_operations() {
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
