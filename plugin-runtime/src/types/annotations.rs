//! The annotations by which plugins and Velero's server talk. Names and meaning from Velero's
//! `pkg/apis/velero/v1/labels_annotations.go`, `pkg/backup/item_backupper.go` and `pkg/restore/restore.go`.

/// On the item that a backup action gives back: Velero leaves the item out. Its presence counts, not its
/// value. Velero 1.18.1 and later; an older one backs the item up, with the annotation.
pub const SKIP_FROM_BACKUP: &str = "velero.io/skip-from-backup";

/// On the item that a backup action gives back, with [`TRUE`]: its additional items are backed up even
/// where the backup excludes them. It stays in the stored item: Velero 1.18.3 takes it off a copy only.
pub const MUST_INCLUDE_ADDITIONAL_ITEMS: &str = "backup.velero.io/must-include-additional-items";

/// On the item that a restore action gives back, with [`TRUE`]: its additional items are restored even
/// where the restore excludes them. Velero takes it off. Velero 1.18.3 and later; an older one restores the
/// item with the annotation.
pub const MUST_INCLUDE_ADDITIONAL_ITEMS_RESTORE: &str = "restore.velero.io/must-include-additional-items";

/// The value of all of them.
pub const TRUE: &str = "true";
