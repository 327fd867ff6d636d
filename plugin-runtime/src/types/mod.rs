//! The inputs and outputs of plugins.
//!
//! ```text
//! input:  Item (a Kubernetes object as JSON) + Backup or Restore (Velero's API objects, all fields)
//! output: BackupOutput[V2], RestoreOutput[V2], ResourceIdentifier, OperationProgress, VolumeInfo
//! ```
//!
//! These are re-exported from the crate root; this module also has the types of their fields.
//!
//! The input of an access requester is an [`AccessRequest`] and an [`Application`]; the output is a
//! [`GrantResponse`] or [`RevokeResponse`].

mod absent;
pub(crate) mod access_request;
pub(crate) mod access_response;
pub mod annotations;
pub(crate) mod application;
mod asked;
pub(crate) mod backup;
#[cfg(feature = "kube")]
pub(crate) mod backup_storage_location;
pub(crate) mod config;
mod config_keys;
mod credentials;
#[cfg(test)]
mod generations;
pub mod go_duration;
mod hooks;
pub(crate) mod input;
pub(crate) mod item;
pub mod labels;
mod meta;
mod named_field;
pub(crate) mod object_body;
pub(crate) mod operation_progress;
mod original;
pub(crate) mod output;
pub(crate) mod resource_identifier;
pub(crate) mod resource_selector;
pub(crate) mod restore;
#[cfg(test)]
mod secrets_tests;
pub(crate) mod settings;
mod text_enum;
pub(crate) mod time;
mod velero;
pub(crate) mod volume_info;

pub(crate) use access_request::AccessRequest;
pub use access_request::{
    AccessRequestHistory, AccessRequestSpec, AccessRequestStatus, RequestState, Subject, TargetApplication,
    TargetRole, TargetRoleTemplate,
};
pub(crate) use access_response::{GrantResponse, RevokeResponse};
pub use access_response::{GrantStatus, RevokeStatus};
pub(crate) use application::Application;
pub use application::ApplicationSpec;
pub(crate) use backup::Backup;
pub use backup::{
    BackupMetadata, BackupPhase, BackupProgress, BackupSpec, BackupStatus, UploaderConfigForBackup,
};
#[cfg(feature = "kube")]
pub use backup_storage_location::{
    BackupStorageLocationAccessMode, BackupStorageLocationPhase, BackupStorageLocationSpec,
    BackupStorageLocationStatus, ObjectStorageLocation,
};
pub(crate) use config::Config;
pub(crate) use config_keys::config_keys;
pub use hooks::{
    BackupHooks, BackupResourceHook, BackupResourceHookSpec, ExecHook, ExecRestoreHook, HookErrorMode,
    HookStatus, InitRestoreHook, RestoreHooks, RestoreResourceHook, RestoreResourceHookSpec,
};
/// Lists of names and patterns, with Velero's semantics.
pub use plugwright_model::selector::IncludesExcludes;

pub(crate) use input::{BackupInput, DeleteInput, ItemBlockInput, RestoreInput};
pub use item::Condition;
pub(crate) use item::Item;
pub use meta::{
    LabelSelector, LabelSelectorOperator, LabelSelectorRequirement, ObjectMeta, ObjectReference,
    OwnerReference, TypedLocalObjectReference,
};
pub(crate) use object_body::ObjectBody;
pub(crate) use operation_progress::OperationProgress;
pub(crate) use output::{BackupOutput, BackupOutputV2, RestoreOutput, RestoreOutputV2};
pub(crate) use resource_identifier::ResourceIdentifier;
pub(crate) use resource_selector::ResourceSelector;
pub(crate) use restore::Restore;
pub use restore::{
    PolicyType, RestorePhase, RestoreProgress, RestoreSpec, RestoreStatus, RestoreStatusSpec,
    UploaderConfigForRestore,
};
pub use time::ParseTimeError;
pub(crate) use time::Time;
pub use velero::{
    CsiSnapshotSpec, DataDownload, DataDownloadSpec, DataDownloadStatus, DataMoveOperationProgress,
    DataMovePhase, DataUpload, DataUploadResult, DataUploadSpec, DataUploadStatus, NodeOs, PodVolumeBackup,
    PodVolumeBackupSpec, PodVolumeBackupStatus, PodVolumeRestore, PodVolumeRestoreSpec,
    PodVolumeRestoreStatus, SecretKeySelector, TargetVolumeSpec, VolumeSnapshotLocation,
    VolumeSnapshotLocationPhase, VolumeSnapshotLocationSpec, VolumeSnapshotLocationStatus,
};
pub(crate) use volume_info::VolumeInfo;
