//! The inputs of actions.

use std::sync::Arc;

use super::{Backup, Item, Restore};
use crate::bail;
use crate::error::Result;

/// The input of a backup action. Changes to `item` are stored in the backup.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct BackupInput {
    /// The item, as left by previous actions.
    pub item: Item,
    /// The running backup.
    pub backup: Arc<Backup>,
}

impl BackupInput {
    /// Creates an input for tests.
    pub fn new(item: Item, backup: impl Into<Arc<Backup>>) -> Self {
        Self { item, backup: backup.into() }
    }
}

/// The input of a restore action. Changes to `item` are restored.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RestoreInput {
    /// The item, as left by Velero (for example without status) and previous actions.
    pub item: Item,
    /// The item as stored in the backup. Always set by Velero 1.0 and later; not sent by older versions and
    /// Heptio Ark.
    pub item_from_backup: Option<Item>,
    /// The running restore.
    pub restore: Arc<Restore>,
}

impl RestoreInput {
    /// Creates an input for tests, with the same item as the stored one.
    pub fn new(item: Item, restore: impl Into<Arc<Restore>>) -> Self {
        Self { item_from_backup: Some(item.clone()), item, restore: restore.into() }
    }

    /// Returns the item as stored in the backup, including its status.
    ///
    /// ```
    /// use plugwright::{Item, Restore, RestoreInput};
    ///
    /// let item = Item::from_json(r#"{"kind": "Pod", "status": {"phase": "Running"}}"#)?;
    /// let input = RestoreInput::new(item, Restore::default());
    /// assert_eq!(input.stored()?.get_str("/status/phase"), Some("Running"));
    /// # Ok::<(), plugwright::Error>(())
    /// ```
    ///
    /// Fails if the host does not send it: Heptio Ark and Velero before 1.0.
    #[track_caller]
    pub fn stored(&self) -> Result<&Item> {
        match &self.item_from_backup {
            Some(item) => Ok(item),
            None => bail!("the host does not send the stored {}; requires Velero 1.0 or later", self.item),
        }
    }

    /// Sets the item stored in the backup.
    #[must_use]
    pub fn item_from_backup(mut self, item: impl Into<Option<Item>>) -> Self {
        self.item_from_backup = item.into();
        self
    }
}

/// The input of a delete action: an item of a backup that is being deleted.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct DeleteInput {
    /// The item as stored in the backup.
    pub item: Item,
    /// The backup that is being deleted.
    pub backup: Arc<Backup>,
}

impl DeleteInput {
    /// Creates an input for tests.
    pub fn new(item: Item, backup: impl Into<Arc<Backup>>) -> Self {
        Self { item, backup: backup.into() }
    }
}

/// The input of an item block action.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ItemBlockInput {
    /// The item to find related items for.
    pub item: Item,
    /// The running backup.
    pub backup: Arc<Backup>,
}

impl ItemBlockInput {
    /// Creates an input for tests.
    pub fn new(item: Item, backup: impl Into<Arc<Backup>>) -> Self {
        Self { item, backup: backup.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_stored_item_is_an_error() {
        let pod = |json: &'static str| Item::from_json(json).unwrap();
        let input = RestoreInput::new(pod(r#"{"kind":"Pod"}"#), Restore::default());
        let input = input.item_from_backup(pod(r#"{"kind":"Pod","status":{}}"#));
        assert_eq!(input.stored().unwrap().to_json(), r#"{"kind":"Pod","status":{}}"#);
        let (error, line) = (input.item_from_backup(None).stored().unwrap_err(), line!());
        assert_eq!(error.to_string(), "the host does not send the stored Pod; requires Velero 1.0 or later");
        assert_eq!(error.location().line(), line);
    }
}
