use serde::{Deserialize, Serialize};

use crate::types::absent::{is_default, or_default, text_or_default};
use crate::types::hooks::HookStatus;
use crate::types::text_enum::text_enum;
use crate::types::time::Time;

text_enum! {
    /// The phase of a backup. The default is [`New`](Self::New), which an unset phase also means.
    #[derive(Default)]
    pub enum BackupPhase {
        /// Created, not yet processed.
        #[default]
        New = "New",
        /// Waiting for other backups.
        Queued = "Queued",
        /// Dequeued, about to start.
        ReadyToStart = "ReadyToStart",
        /// Failed validation: see [`BackupStatus::validation_errors`].
        FailedValidation = "FailedValidation",
        /// Running.
        InProgress = "InProgress",
        /// All items are stored; asynchronous operations still run.
        WaitingForPluginOperations = "WaitingForPluginOperations",
        /// Like the previous phase, with errors.
        WaitingForPluginOperationsPartiallyFailed = "WaitingForPluginOperationsPartiallyFailed",
        /// The operations are done; items they changed are stored again.
        Finalizing = "Finalizing",
        /// Like the previous phase, with errors.
        FinalizingPartiallyFailed = "FinalizingPartiallyFailed",
        /// Done without errors.
        Completed = "Completed",
        /// Done, with errors for some items.
        PartiallyFailed = "PartiallyFailed",
        /// Failed: see [`BackupStatus::failure_reason`].
        Failed = "Failed",
        /// Being deleted with its data.
        Deleting = "Deleting",
    }
}

/// The status of a backup.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct BackupStatus {
    /// The major version of the backup's format; obsolete, see `format_version`.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub version: i64,
    /// The version of the backup's format, such as `1.1.0`.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub format_version: String,
    /// When Velero may delete it.
    #[serde(skip_serializing_if = "is_default")]
    pub expiration: Option<Time>,
    /// The phase.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "text_or_default")]
    pub phase: BackupPhase,
    /// The position in the queue, in the phase [`Queued`](BackupPhase::Queued).
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub queue_position: i64,
    /// The validation errors.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub validation_errors: Vec<String>,
    /// When it started, by the server's clock.
    #[serde(skip_serializing_if = "is_default")]
    pub start_timestamp: Option<Time>,
    /// When it ended, successfully or not.
    #[serde(skip_serializing_if = "is_default")]
    pub completion_timestamp: Option<Time>,
    /// The number of attempted volume snapshots.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub volume_snapshots_attempted: i64,
    /// The number of completed volume snapshots.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub volume_snapshots_completed: i64,
    /// The error that failed the backup.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub failure_reason: String,
    /// The number of warnings.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub warnings: i64,
    /// The number of errors.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub errors: i64,
    /// The number of processed items; may lag behind.
    #[serde(skip_serializing_if = "is_default")]
    pub progress: Option<BackupProgress>,
    /// The number of attempted CSI snapshots.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub csi_volume_snapshots_attempted: i64,
    /// The number of completed CSI snapshots.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub csi_volume_snapshots_completed: i64,
    /// The number of asynchronous operations started by actions.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub backup_item_operations_attempted: i64,
    /// The number of completed operations.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub backup_item_operations_completed: i64,
    /// The number of failed operations.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub backup_item_operations_failed: i64,
    /// The results of the hooks.
    #[serde(skip_serializing_if = "is_default")]
    pub hook_status: Option<HookStatus>,
}

/// The progress of a backup.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct BackupProgress {
    /// The total number of items; it grows when actions return additional items.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub total_items: i64,
    /// The number of stored items.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub items_backed_up: i64,
}
