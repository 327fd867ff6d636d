//! What actions are given.

use std::sync::Arc;

use super::{Backup, Item, Restore};

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
