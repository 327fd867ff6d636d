//! Annotations that plugins exchange with Velero's server. Names and meaning from Velero's
//! `pkg/apis/velero/v1/labels_annotations.go`, `pkg/backup/item_backupper.go` and `pkg/restore/restore.go`.

/// On the item that a backup action returns: Velero omits the item from the backup. Only the presence counts,
/// not the value. Requires Velero 1.18.1 or later; an older one backs up the item with the annotation.
pub const SKIP_FROM_BACKUP: &str = "velero.io/skip-from-backup";

/// On the item that a backup action returns, with [`TRUE`]: the additional items are backed up even if the
/// backup excludes them. The annotation remains in the stored item: Velero 1.18.3 removes it only from a
/// copy.
pub const MUST_INCLUDE_ADDITIONAL_ITEMS: &str = "backup.velero.io/must-include-additional-items";

/// On the item that a restore action returns, with [`TRUE`]: the additional items are restored even if the
/// restore excludes them. Velero removes the annotation. Requires Velero 1.18.3 or later; an older one
/// restores the item with the annotation.
pub const MUST_INCLUDE_ADDITIONAL_ITEMS_RESTORE: &str = "restore.velero.io/must-include-additional-items";

/// The value of the annotations above.
pub const TRUE: &str = "true";

/// On a backup or restore: the timeout of pod volume operations, as a Go duration.
pub const POD_VOLUME_TIMEOUT: &str = "velero.io/pod-volume-timeout";

/// On a backup: the server's `--resource-timeout`, for plugins.
pub const RESOURCE_TIMEOUT: &str = "velero.io/resource-timeout";

/// On a backup: the version of the cluster, such as `v1.31.2`.
pub const SOURCE_CLUSTER_K8S_GIT_VERSION: &str = "velero.io/source-cluster-k8s-gitversion";

/// On a pod: comma-separated names of the volumes to back up with file system backup.
pub const VOLUMES_TO_BACKUP: &str = "backup.velero.io/backup-volumes";

/// On a pod: comma-separated names of the volumes to exclude from file system backup.
pub const VOLUMES_TO_EXCLUDE: &str = "backup.velero.io/backup-volumes-excludes";

/// On a PVC whose snapshot was skipped because its volume is not provisioned by CSI.
pub const SKIPPED_NO_CSI_PV: &str = "backup.velero.io/skipped-no-csi-pv";

/// On a PVC that is being uploaded: the name of the DataUpload.
pub const DATA_UPLOAD_NAME: &str = "velero.io/data-upload-name";

/// On a PVC: the VolumeSnapshotClass to use; overrides the backup's.
pub const VOLUME_SNAPSHOT_CLASS: &str = "velero.io/csi-volumesnapshot-class";

/// On a VolumeSnapshot: the handle of the snapshot in the storage system.
pub const VOLUME_SNAPSHOT_HANDLE: &str = "velero.io/csi-volumesnapshot-handle";

/// On a VolumeSnapshot or PVC: the size to restore.
pub const VOLUME_SNAPSHOT_RESTORE_SIZE: &str = "velero.io/csi-volumesnapshot-restore-size";

/// On a VolumeSnapshot: the CSI driver.
pub const CSI_DRIVER_NAME: &str = "velero.io/csi-driver-name";

/// On a pod: the image of an init container that Velero adds to it in a restore, instead of those of the restore's hooks.
pub const INIT_HOOK_RESTORE_IMAGE: &str = "init.hook.restore.velero.io/container-image";

/// On a pod: the command that Velero runs in it after a restore, instead of those of the restore's hooks.
pub const POST_HOOK_RESTORE_COMMAND: &str = "post.hook.restore.velero.io/command";
