//! Velero's objects for volume data: the requests to its data movers and file system backup, with their
//! status. All fields as of Velero 1.18, from its `pkg/apis/velero/v1` and `pkg/apis/velero/v2alpha1`.

mod data_download;
mod data_upload;
mod object;
mod pod_volume_backup;
mod pod_volume_restore;
mod progress;
mod volume_snapshot_location;

pub use data_download::{DataDownload, DataDownloadSpec, DataDownloadStatus, TargetVolumeSpec};
pub use data_upload::{
    CsiSnapshotSpec, DataUpload, DataUploadResult, DataUploadSpec, DataUploadStatus, NodeOs,
};
pub use object::{DataMoveOperationProgress, DataMovePhase, SecretKeySelector};
pub use pod_volume_backup::{PodVolumeBackup, PodVolumeBackupSpec, PodVolumeBackupStatus};
pub use pod_volume_restore::{PodVolumeRestore, PodVolumeRestoreSpec, PodVolumeRestoreStatus};
pub use volume_snapshot_location::{
    VolumeSnapshotLocation, VolumeSnapshotLocationPhase, VolumeSnapshotLocationSpec,
    VolumeSnapshotLocationStatus,
};

#[cfg(test)]
mod tests;
