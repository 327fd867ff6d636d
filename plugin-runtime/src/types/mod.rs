//! What plugins are given and give back.
//!
//! ```text
//! input:  Item (a Kubernetes object as JSON) + Backup or Restore (Velero's API objects, all fields)
//! output: BackupOutput[V2], RestoreOutput[V2], ResourceIdentifier, OperationProgress, VolumeInfo
//! ```

mod absent;
mod backup;
pub mod go_duration;
mod hooks;
mod meta;
mod original;
mod restore;
mod text_enum;
mod time;

pub use backup::{
    Backup, BackupMetadata, BackupPhase, BackupProgress, BackupSpec, BackupStatus, UploaderConfigForBackup,
};
pub use hooks::{
    BackupHooks, BackupResourceHook, BackupResourceHookSpec, ExecHook, ExecRestoreHook, HookErrorMode,
    HookStatus, InitRestoreHook, RestoreHooks, RestoreResourceHook, RestoreResourceHookSpec,
};
pub use meta::{
    LabelSelector, LabelSelectorOperator, LabelSelectorRequirement, ObjectMeta, OwnerReference,
    TypedLocalObjectReference,
};
pub use restore::{
    PolicyType, Restore, RestorePhase, RestoreProgress, RestoreSpec, RestoreStatus, RestoreStatusSpec,
    UploaderConfigForRestore,
};
pub use time::Time;
