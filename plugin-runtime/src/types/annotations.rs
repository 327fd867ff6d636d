//! The annotations by which plugins and Velero's server talk. Names and meaning from Velero's
//! `pkg/apis/velero/v1/labels_annotations.go`, `pkg/backup/item_backupper.go`, `pkg/restore/restore.go` and
//! `internal/hook/item_hook_handler.go`.

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

/// The value of the annotations above.
pub const TRUE: &str = "true";

/// On a backup or restore: how long volumes of pods may take, as Go writes durations.
pub const POD_VOLUME_TIMEOUT: &str = "velero.io/pod-volume-timeout";

/// On a backup: the server's `--resource-timeout`, for plugins.
pub const RESOURCE_TIMEOUT: &str = "velero.io/resource-timeout";

/// On a backup: the version of the cluster, such as `v1.31.2`.
pub const SOURCE_CLUSTER_K8S_GIT_VERSION: &str = "velero.io/source-cluster-k8s-gitversion";

/// On a pod: the volumes that are backed up file by file, with commas between.
pub const VOLUMES_TO_BACKUP: &str = "backup.velero.io/backup-volumes";

/// On a pod: the volumes that are not backed up file by file, with commas between.
pub const VOLUMES_TO_EXCLUDE: &str = "backup.velero.io/backup-volumes-excludes";

/// On a PVC whose snapshot was left out because its volume is not provisioned by CSI.
pub const SKIPPED_NO_CSI_PV: &str = "backup.velero.io/skipped-no-csi-pv";

/// On a PVC that is uploaded: the DataUpload's name.
pub const DATA_UPLOAD_NAME: &str = "velero.io/data-upload-name";

/// On a PVC: the VolumeSnapshotClass to take, whatever the backup says.
pub const VOLUME_SNAPSHOT_CLASS: &str = "velero.io/csi-volumesnapshot-class";

/// On a VolumeSnapshot: the handle of the snapshot at the storage system.
pub const VOLUME_SNAPSHOT_HANDLE: &str = "velero.io/csi-volumesnapshot-handle";

/// On a VolumeSnapshot or PVC: the size to restore.
pub const VOLUME_SNAPSHOT_RESTORE_SIZE: &str = "velero.io/csi-volumesnapshot-restore-size";

/// On a VolumeSnapshot: the CSI driver.
pub const CSI_DRIVER_NAME: &str = "velero.io/csi-driver-name";

/// On a pod: the image of an init container that Velero adds to it in a restore, instead of those of the restore's hooks.
pub const INIT_HOOK_RESTORE_IMAGE: &str = "init.hook.restore.velero.io/container-image";

/// On a pod: the command that Velero runs in it after a restore, instead of those of the restore's hooks.
pub const POST_HOOK_RESTORE_COMMAND: &str = "post.hook.restore.velero.io/command";
