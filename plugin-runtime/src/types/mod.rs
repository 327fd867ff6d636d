//! What plugins are given and give back.
//!
//! ```text
//! input:  Item (a Kubernetes object as JSON) + Backup or Restore (Velero's API objects, all fields)
//! output: BackupOutput[V2], RestoreOutput[V2], ResourceIdentifier, OperationProgress, VolumeInfo
//! ```
//!
//! Of an access requester the input is an [`AccessRequest`] and an [`Application`], the output a [`GrantResponse`] or
//! [`RevokeResponse`].

mod absent;
mod access_request;
mod access_response;
pub mod annotations;
mod application;
mod asked;
mod backup;
#[cfg(feature = "kube")]
mod backup_storage_location;
mod config;
mod config_keys;
mod credentials;
#[cfg(test)]
mod generations;
pub mod go_duration;
mod hooks;
mod input;
mod item;
pub mod labels;
mod meta;
mod named_field;
mod object_body;
mod operation_progress;
mod original;
mod output;
mod resource_identifier;
mod resource_selector;
mod restore;
pub(crate) mod settings;
mod text_enum;
mod time;
mod velero;
mod volume_info;

pub use access_request::{
    AccessRequest, AccessRequestHistory, AccessRequestSpec, AccessRequestStatus, RequestState, Subject,
    TargetApplication, TargetRole, TargetRoleTemplate,
};
pub use access_response::{GrantResponse, GrantStatus, RevokeResponse, RevokeStatus};
pub use application::{Application, ApplicationSpec};
pub use backup::{
    Backup, BackupMetadata, BackupPhase, BackupProgress, BackupSpec, BackupStatus, UploaderConfigForBackup,
};
#[cfg(feature = "kube")]
pub use backup_storage_location::{
    BackupStorageLocation, BackupStorageLocationAccessMode, BackupStorageLocationPhase,
    BackupStorageLocationSpec, BackupStorageLocationStatus, ObjectStorageLocation,
};
pub use config::Config;
pub(crate) use config_keys::config_keys;
pub use hooks::{
    BackupHooks, BackupResourceHook, BackupResourceHookSpec, ExecHook, ExecRestoreHook, HookErrorMode,
    HookStatus, InitRestoreHook, RestoreHooks, RestoreResourceHook, RestoreResourceHookSpec,
};
/// Lists of names and patterns, as Velero reads them.
pub use plugwright_model::selector::IncludesExcludes;

pub use input::{BackupInput, DeleteInput, ItemBlockInput, RestoreInput};
pub use item::{Condition, Item};
pub use meta::{
    LabelSelector, LabelSelectorOperator, LabelSelectorRequirement, ObjectMeta, ObjectReference,
    OwnerReference, TypedLocalObjectReference,
};
pub use object_body::ObjectBody;
pub(crate) use object_body::PIECE;
pub use operation_progress::OperationProgress;
pub use output::{BackupOutput, BackupOutputV2, RestoreOutput, RestoreOutputV2};
pub use resource_identifier::ResourceIdentifier;
pub use resource_selector::ResourceSelector;
pub use restore::{
    PolicyType, Restore, RestorePhase, RestoreProgress, RestoreSpec, RestoreStatus, RestoreStatusSpec,
    UploaderConfigForRestore,
};
pub use time::{ParseTimeError, Time};
pub use velero::{
    CsiSnapshotSpec, DataDownload, DataDownloadSpec, DataDownloadStatus, DataMoveOperationProgress,
    DataMovePhase, DataUpload, DataUploadResult, DataUploadSpec, DataUploadStatus, NodeOs, PodVolumeBackup,
    PodVolumeBackupSpec, PodVolumeBackupStatus, PodVolumeRestore, PodVolumeRestoreSpec,
    PodVolumeRestoreStatus, SecretKeySelector, TargetVolumeSpec, VolumeSnapshotLocation,
    VolumeSnapshotLocationPhase, VolumeSnapshotLocationSpec, VolumeSnapshotLocationStatus,
};
pub use volume_info::VolumeInfo;
