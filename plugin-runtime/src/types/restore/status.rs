use serde::{Deserialize, Serialize};

use crate::types::absent::{is_default, or_default, text_or_default};
use crate::types::hooks::HookStatus;
use crate::types::text_enum::text_enum;
use crate::types::time::Time;

text_enum! {
    /// How far a restore is. The default is [`New`](Self::New), which Velero also means where no phase is
    /// set.
    #[derive(Default)]
    pub enum RestorePhase {
        /// Made, not looked at yet.
        #[default]
        New = "New",
        /// Refused: see [`RestoreStatus::validation_errors`].
        FailedValidation = "FailedValidation",
        /// Running.
        InProgress = "InProgress",
        /// All items are restored; asynchronous operations still run.
        WaitingForPluginOperations = "WaitingForPluginOperations",
        /// As the phase before, and something has failed already.
        WaitingForPluginOperationsPartiallyFailed = "WaitingForPluginOperationsPartiallyFailed",
        /// The operations are done; the last tasks run.
        Finalizing = "Finalizing",
        /// As the phase before, and something has failed already.
        FinalizingPartiallyFailed = "FinalizingPartiallyFailed",
        /// Done without errors.
        Completed = "Completed",
        /// Done, with errors at some items.
        PartiallyFailed = "PartiallyFailed",
        /// Ended by an error: see [`RestoreStatus::failure_reason`].
        Failed = "Failed",
    }
}

/// How far a restore is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct RestoreStatus {
    /// The phase.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "text_or_default")]
    pub phase: RestorePhase,
    /// Why it was refused.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub validation_errors: Vec<String>,
    /// How many warnings there were.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub warnings: i64,
    /// How many errors there were.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub errors: i64,
    /// The error that ended it.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub failure_reason: String,
    /// When it started, by the server's clock.
    #[serde(skip_serializing_if = "is_default")]
    pub start_timestamp: Option<Time>,
    /// When it ended, well or not.
    #[serde(skip_serializing_if = "is_default")]
    pub completion_timestamp: Option<Time>,
    /// How many items are done; may be behind.
    #[serde(skip_serializing_if = "is_default")]
    pub progress: Option<RestoreProgress>,
    /// How many asynchronous operations actions have started.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub restore_item_operations_attempted: i64,
    /// How many of them succeeded.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub restore_item_operations_completed: i64,
    /// How many of them failed.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub restore_item_operations_failed: i64,
    /// How the hooks went.
    #[serde(skip_serializing_if = "is_default")]
    pub hook_status: Option<HookStatus>,
}

/// How many items of a restore are done.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct RestoreProgress {
    /// How many there are; it grows when actions name additional items.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub total_items: i64,
    /// How many are restored.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub items_restored: i64,
}
