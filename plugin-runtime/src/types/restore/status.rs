use serde::{Deserialize, Serialize};

use crate::types::absent::{is_default, or_default, text_or_default};
use crate::types::hooks::HookStatus;
use crate::types::text_enum::text_enum;
use crate::types::time::Time;

text_enum! {
    /// The phase of a restore. The default is [`New`](Self::New), which an unset phase also means.
    #[derive(Default)]
    pub enum RestorePhase {
        /// Created, not yet processed.
        #[default]
        New = "New",
        /// Failed validation: see [`RestoreStatus::validation_errors`].
        FailedValidation = "FailedValidation",
        /// Running.
        InProgress = "InProgress",
        /// All items are restored; asynchronous operations still run.
        WaitingForPluginOperations = "WaitingForPluginOperations",
        /// Like the previous phase, with errors.
        WaitingForPluginOperationsPartiallyFailed = "WaitingForPluginOperationsPartiallyFailed",
        /// The operations are done; the final tasks are running.
        Finalizing = "Finalizing",
        /// Like the previous phase, with errors.
        FinalizingPartiallyFailed = "FinalizingPartiallyFailed",
        /// Done without errors.
        Completed = "Completed",
        /// Done, with errors for some items.
        PartiallyFailed = "PartiallyFailed",
        /// Failed: see [`RestoreStatus::failure_reason`].
        Failed = "Failed",
    }
}

/// The status of a restore.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct RestoreStatus {
    /// The phase.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "text_or_default")]
    pub phase: RestorePhase,
    /// The validation errors.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub validation_errors: Vec<String>,
    /// The number of warnings.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub warnings: i64,
    /// The number of errors.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub errors: i64,
    /// The error that failed the restore.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub failure_reason: String,
    /// When it started, by the server's clock.
    #[serde(skip_serializing_if = "is_default")]
    pub start_timestamp: Option<Time>,
    /// When it ended, successfully or not.
    #[serde(skip_serializing_if = "is_default")]
    pub completion_timestamp: Option<Time>,
    /// The number of processed items; may lag behind.
    #[serde(skip_serializing_if = "is_default")]
    pub progress: Option<RestoreProgress>,
    /// The number of asynchronous operations started by actions.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub restore_item_operations_attempted: i64,
    /// The number of completed operations.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub restore_item_operations_completed: i64,
    /// The number of failed operations.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub restore_item_operations_failed: i64,
    /// The results of the hooks.
    #[serde(skip_serializing_if = "is_default")]
    pub hook_status: Option<HookStatus>,
}

/// The progress of a restore.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct RestoreProgress {
    /// The total number of items; it grows when actions return additional items.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub total_items: i64,
    /// The number of restored items.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub items_restored: i64,
}
