use serde::{Deserialize, Serialize};

use crate::types::absent::{is_default, or_default, text_or_default};
use crate::types::hooks::HookStatus;
use crate::types::text_enum::text_enum;
use crate::types::time::Time;

text_enum! {
    /// How far a backup is. The default is [`New`](Self::New), which Velero also means where no phase is set.
    #[derive(Default)]
    pub enum BackupPhase {
        /// Made, not looked at yet.
        #[default]
        New = "New",
        /// Waiting behind other backups.
        Queued = "Queued",
        /// Out of the queue, about to start.
        ReadyToStart = "ReadyToStart",
        /// Refused: see [`BackupStatus::validation_errors`].
        FailedValidation = "FailedValidation",
        /// Running.
        InProgress = "InProgress",
        /// All items are stored; asynchronous operations still run.
        WaitingForPluginOperations = "WaitingForPluginOperations",
        /// As the phase before, and something has failed already.
        WaitingForPluginOperationsPartiallyFailed = "WaitingForPluginOperationsPartiallyFailed",
        /// The operations are done; items that they changed are written again.
        Finalizing = "Finalizing",
        /// As the phase before, and something has failed already.
        FinalizingPartiallyFailed = "FinalizingPartiallyFailed",
        /// Done without errors.
        Completed = "Completed",
        /// Done, with errors at some items.
        PartiallyFailed = "PartiallyFailed",
        /// Ended by an error: see [`BackupStatus::failure_reason`].
        Failed = "Failed",
        /// Being deleted with all its data.
        Deleting = "Deleting",
    }
}

/// How far a backup is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct BackupStatus {
    /// The major version of the backup's format; old, see `format_version`.
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
    /// The place in the queue, in the phase [`Queued`](BackupPhase::Queued).
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub queue_position: i64,
    /// Why it was refused.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub validation_errors: Vec<String>,
    /// When it started, by the server's clock.
    #[serde(skip_serializing_if = "is_default")]
    pub start_timestamp: Option<Time>,
    /// When it ended, well or not.
    #[serde(skip_serializing_if = "is_default")]
    pub completion_timestamp: Option<Time>,
    /// How many volume snapshots were tried.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub volume_snapshots_attempted: i64,
    /// How many of them succeeded.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub volume_snapshots_completed: i64,
    /// The error that ended it.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub failure_reason: String,
    /// How many warnings there were.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub warnings: i64,
    /// How many errors there were.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub errors: i64,
    /// How many items are done; may be behind.
    #[serde(skip_serializing_if = "is_default")]
    pub progress: Option<BackupProgress>,
    /// How many CSI snapshots were tried.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub csi_volume_snapshots_attempted: i64,
    /// How many of them succeeded.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub csi_volume_snapshots_completed: i64,
    /// How many asynchronous operations actions have started.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub backup_item_operations_attempted: i64,
    /// How many of them succeeded.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub backup_item_operations_completed: i64,
    /// How many of them failed.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub backup_item_operations_failed: i64,
    /// How the hooks went.
    #[serde(skip_serializing_if = "is_default")]
    pub hook_status: Option<HookStatus>,
}

/// How many items of a backup are done.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct BackupProgress {
    /// How many there are; it grows when actions name additional items.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub total_items: i64,
    /// How many are stored.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub items_backed_up: i64,
}
