//! What actions are given.

use std::sync::Arc;

use super::{Backup, Item, Restore};
use crate::bail;
use crate::error::Result;

/// What a backup action is given. Changes of `item` are what is stored.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct BackupInput {
    /// The item, as the actions before have left it.
    pub item: Item,
    /// The backup that runs.
    pub backup: Arc<Backup>,
}

impl BackupInput {
    /// For tests: Velero makes the real ones.
    pub fn new(item: Item, backup: impl Into<Arc<Backup>>) -> Self {
        Self { item, backup: backup.into() }
    }
}

/// What a restore action is given. Changes of `item` are what is restored.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RestoreInput {
    /// The item, as Velero and the actions before have left it: for instance without status.
    pub item: Item,
    /// The item as it is in the backup. Velero always sends it; Ark and Velero before 1.0 do not.
    pub item_from_backup: Option<Item>,
    /// The restore that runs.
    pub restore: Arc<Restore>,
}

impl RestoreInput {
    /// For tests: Velero makes the real ones. `item_from_backup` is the same item.
    pub fn new(item: Item, restore: impl Into<Arc<Restore>>) -> Self {
        Self { item_from_backup: Some(item.clone()), item, restore: restore.into() }
    }

    /// The item as it is in the backup, status included.
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
    /// An error where the host does not send it: Heptio Ark and Velero before 1.0.
    #[track_caller]
    pub fn stored(&self) -> Result<&Item> {
        match &self.item_from_backup {
            Some(item) => Ok(item),
            None => bail!(
                "the host does not send {} as it is in the backup; Velero 1.0 and later does",
                self.item
            ),
        }
    }

    /// With another item in the backup.
    #[must_use]
    pub fn item_from_backup(mut self, item: impl Into<Option<Item>>) -> Self {
        self.item_from_backup = item.into();
        self
    }
}

/// What a delete action is given: an item of a backup that is being deleted.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct DeleteInput {
    /// The item as it is in the backup.
    pub item: Item,
    /// The backup that is being deleted.
    pub backup: Arc<Backup>,
}

impl DeleteInput {
    /// For tests: Velero makes the real ones.
    pub fn new(item: Item, backup: impl Into<Arc<Backup>>) -> Self {
        Self { item, backup: backup.into() }
    }
}

/// What an item block action is given.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ItemBlockInput {
    /// The item whose related items are asked for.
    pub item: Item,
    /// The backup that runs.
    pub backup: Arc<Backup>,
}

impl ItemBlockInput {
    /// For tests: Velero makes the real ones.
    pub fn new(item: Item, backup: impl Into<Arc<Backup>>) -> Self {
        Self { item, backup: backup.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stored_item_is_there_or_an_error() {
        let pod = |json: &'static str| Item::from_json(json).unwrap();
        let input = RestoreInput::new(pod(r#"{"kind":"Pod"}"#), Restore::default());
        let input = input.item_from_backup(pod(r#"{"kind":"Pod","status":{}}"#));
        assert_eq!(input.stored().unwrap().to_json(), r#"{"kind":"Pod","status":{}}"#);
        let (error, line) = (input.item_from_backup(None).stored().unwrap_err(), line!());
        assert_eq!(
            error.to_string(),
            "the host does not send Pod as it is in the backup; Velero 1.0 and later does"
        );
        assert_eq!(error.location().line(), line);
    }
}
