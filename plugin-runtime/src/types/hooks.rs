//! Hooks of backups and restores: commands that Velero runs in pods. From Velero's
//! `pkg/apis/velero/v1/backup_types.go` and `restore_types.go`.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::absent::{is_default, optional_text, or_default};
use super::go_duration;
use super::meta::LabelSelector;
use super::text_enum::text_enum;

/// The hooks of a backup.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct BackupHooks {
    /// Hooks around the backup of single items.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub resources: Vec<BackupResourceHookSpec>,
}

/// Hooks and the items that they are for. Empty lists of includes mean all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct BackupResourceHookSpec {
    /// The name of the hook.
    #[serde(deserialize_with = "or_default")]
    pub name: String,
    /// The namespaces that it is for.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub included_namespaces: Vec<String>,
    /// The namespaces that it is not for.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub excluded_namespaces: Vec<String>,
    /// The resources that it is for.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub included_resources: Vec<String>,
    /// The resources that it is not for.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub excluded_resources: Vec<String>,
    /// The labels that an item must have.
    #[serde(skip_serializing_if = "is_default")]
    pub label_selector: Option<LabelSelector>,
    /// Run before the item is stored and before its additional items are looked at.
    #[serde(rename = "pre", skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub pre_hooks: Vec<BackupResourceHook>,
    /// Run after the item and all its additional items are stored.
    #[serde(rename = "post", skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub post_hooks: Vec<BackupResourceHook>,
}

/// One hook of a backup.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct BackupResourceHook {
    /// A command in a container.
    pub exec: Option<ExecHook>,
}

/// A command that Velero runs in a container of the pod.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct ExecHook {
    /// The container; empty for the pod's first.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub container: String,
    /// The command and its arguments.
    #[serde(deserialize_with = "or_default")]
    pub command: Vec<String>,
    /// What a failure means; without it, [`Fail`](HookErrorMode::Fail).
    #[serde(skip_serializing_if = "is_default", deserialize_with = "optional_text")]
    pub on_error: Option<HookErrorMode>,
    /// How long the command may take; zero for Velero's default, 30 seconds.
    #[serde(with = "go_duration", skip_serializing_if = "Duration::is_zero")]
    pub timeout: Duration,
}

text_enum! {
    /// What a failing hook does to the backup or restore. In both cases it ends as `PartiallyFailed`.
    pub enum HookErrorMode {
        /// The next hooks run.
        Continue = "Continue",
        /// The next hooks do not run.
        Fail = "Fail",
    }
}

/// The hooks of a restore.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct RestoreHooks {
    /// Hooks around the restore of single pods.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub resources: Vec<RestoreResourceHookSpec>,
}

/// Hooks and the pods that they are for. Empty lists of includes mean all.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct RestoreResourceHookSpec {
    /// The name of the hook.
    #[serde(deserialize_with = "or_default")]
    pub name: String,
    /// The namespaces that it is for.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub included_namespaces: Vec<String>,
    /// The namespaces that it is not for.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub excluded_namespaces: Vec<String>,
    /// The resources that it is for.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub included_resources: Vec<String>,
    /// The resources that it is not for.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub excluded_resources: Vec<String>,
    /// The labels that an item must have.
    #[serde(skip_serializing_if = "is_default")]
    pub label_selector: Option<LabelSelector>,
    /// Run while the pod starts (`init`) or when it runs (`exec`).
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub post_hooks: Vec<RestoreResourceHook>,
}

/// One hook of a restore.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct RestoreResourceHook {
    /// A command in a container.
    #[serde(skip_serializing_if = "is_default")]
    pub exec: Option<ExecRestoreHook>,
    /// Init containers for the pod.
    #[serde(skip_serializing_if = "is_default")]
    pub init: Option<InitRestoreHook>,
}

/// A command that Velero runs in a container of the restored pod.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct ExecRestoreHook {
    /// The container; empty for the pod's first.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub container: String,
    /// The command and its arguments.
    #[serde(deserialize_with = "or_default")]
    pub command: Vec<String>,
    /// What a failure means; without it, [`Continue`](HookErrorMode::Continue).
    #[serde(skip_serializing_if = "is_default", deserialize_with = "optional_text")]
    pub on_error: Option<HookErrorMode>,
    /// How long the command may take; zero for Velero's default.
    #[serde(with = "go_duration", skip_serializing_if = "Duration::is_zero")]
    pub exec_timeout: Duration,
    /// How long to wait for the container; zero for as long as it takes.
    #[serde(with = "go_duration", skip_serializing_if = "Duration::is_zero")]
    pub wait_timeout: Duration,
    /// Wait until the container is ready, not only running.
    #[serde(skip_serializing_if = "is_default")]
    pub wait_for_ready: Option<bool>,
}

/// Init containers that Velero adds to a restored pod.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct InitRestoreHook {
    /// The containers, each a Kubernetes `Container`, as they came.
    #[serde(deserialize_with = "or_default")]
    pub init_containers: Vec<Value>,
    /// How long they may take.
    #[serde(with = "go_duration", skip_serializing_if = "Duration::is_zero")]
    pub timeout: Duration,
}

/// How the hooks of a backup or restore went.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct HookStatus {
    /// Hooks that ran, successful or not.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub hooks_attempted: i64,
    /// Hooks that failed.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub hooks_failed: i64,
}
