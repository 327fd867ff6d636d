//! Hooks of backups and restores: commands that Velero runs in pods. From Velero's
//! `pkg/apis/velero/v1/backup_types.go` and `restore_types.go`.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::absent::{is_default, optional_text, or_default};
use super::asked::Asked;
use super::go_duration;
use super::item::Item;
use super::meta::LabelSelector;
use super::resource_identifier::ResourceIdentifier;
use super::text_enum::text_enum;
use plugwright_model::selector::IncludesExcludes;

/// The hooks of a backup.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct BackupHooks {
    /// Hooks around the backup of single items.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub resources: Vec<BackupResourceHookSpec>,
}

/// Hooks and the items they apply to. Empty include lists mean all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct BackupResourceHookSpec {
    /// The name of the hook.
    #[serde(deserialize_with = "or_default")]
    pub name: String,
    /// Namespaces to include.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub included_namespaces: Vec<String>,
    /// Namespaces to exclude.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub excluded_namespaces: Vec<String>,
    /// Resources to include.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub included_resources: Vec<String>,
    /// Resources to exclude.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub excluded_resources: Vec<String>,
    /// Labels that an item must have.
    #[serde(skip_serializing_if = "is_default")]
    pub label_selector: Option<LabelSelector>,
    /// Run before the item and its additional items are processed.
    #[serde(rename = "pre", skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub pre_hooks: Vec<BackupResourceHook>,
    /// Run after the item and all its additional items are stored.
    #[serde(rename = "post", skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub post_hooks: Vec<BackupResourceHook>,
}

impl BackupResourceHookSpec {
    /// Whether the hooks apply to this item, by its namespace, resource and labels.
    ///
    /// ```
    /// use plugwright::Item;
    /// use plugwright::types::BackupResourceHookSpec;
    ///
    /// let json = r#"{"name": "freeze", "includedNamespaces": ["shop"], "includedResources": ["pods"]}"#;
    /// let hook: BackupResourceHookSpec = serde_json::from_str(json)?;
    /// let pod = r#"{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "db", "namespace": "shop"}}"#;
    /// assert!(hook.applies_to(&Item::from_json(pod)?));
    /// # Ok::<(), plugwright::Error>(())
    /// ```
    ///
    /// Velero runs `exec` hooks only in pods, whatever resources the hook includes.
    pub fn applies_to(&self, item: &Item) -> bool {
        let asked = Asked::new(&ResourceIdentifier::of(item).group_resource(), item.namespace());
        let resources = asked.lists(&self.included_resources, &self.excluded_resources);
        IncludesExcludes::new(&self.included_namespaces, &self.excluded_namespaces)
            .should_include(item.namespace())
            && resources.should_include(&asked.name)
            && self.label_selector.as_ref().is_none_or(|selector| selector.matches(|key| item.label(key)))
    }
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
///
/// `Debug` prints only the program of the command, because arguments may be passwords.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct ExecHook {
    /// The container; empty for the pod's first container.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub container: String,
    /// The command and its arguments.
    #[serde(deserialize_with = "or_default")]
    pub command: Vec<String>,
    /// How to handle a failure; defaults to [`Fail`](HookErrorMode::Fail).
    #[serde(skip_serializing_if = "is_default", deserialize_with = "optional_text")]
    pub on_error: Option<HookErrorMode>,
    /// The timeout of the command; zero for Velero's default, 30 seconds.
    #[serde(with = "go_duration", skip_serializing_if = "Duration::is_zero")]
    pub timeout: Duration,
}

text_enum! {
    /// The effect of a failing hook on the backup or restore. Both end as `PartiallyFailed`.
    pub enum HookErrorMode {
        /// The remaining hooks run.
        Continue = "Continue",
        /// The remaining hooks do not run.
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

/// Hooks and the pods they apply to. Empty include lists mean all.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct RestoreResourceHookSpec {
    /// The name of the hook.
    #[serde(deserialize_with = "or_default")]
    pub name: String,
    /// Namespaces to include.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub included_namespaces: Vec<String>,
    /// Namespaces to exclude.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub excluded_namespaces: Vec<String>,
    /// Resources to include.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub included_resources: Vec<String>,
    /// Resources to exclude.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub excluded_resources: Vec<String>,
    /// Labels that an item must have.
    #[serde(skip_serializing_if = "is_default")]
    pub label_selector: Option<LabelSelector>,
    /// Run while the pod starts (`init`) or once it runs (`exec`).
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub post_hooks: Vec<RestoreResourceHook>,
}

impl RestoreResourceHookSpec {
    /// Whether the hooks apply to this item, which is restored into `namespace`
    /// ([`Restore::target_namespace`](crate::Restore::target_namespace)). They apply only to pods: Velero
    /// ignores the resource lists.
    ///
    /// ```
    /// use plugwright::Item;
    /// use plugwright::types::RestoreResourceHookSpec;
    ///
    /// let hook: RestoreResourceHookSpec = serde_json::from_str(r#"{"name": "warm-up", "excludedNamespaces": ["test"]}"#)?;
    /// let pod = Item::from_json(r#"{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "db", "namespace": "shop"}}"#)?;
    /// assert!(hook.applies_to(&pod, "shop") && !hook.applies_to(&pod, "test"));
    /// # Ok::<(), plugwright::Error>(())
    /// ```
    pub fn applies_to(&self, item: &Item, namespace: &str) -> bool {
        item.is("", "Pod")
            && IncludesExcludes::new(&self.included_namespaces, &self.excluded_namespaces)
                .should_include(namespace)
            && self.label_selector.as_ref().is_none_or(|selector| selector.matches(|key| item.label(key)))
    }
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
///
/// `Debug` prints only the program of the command, because arguments may be passwords.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct ExecRestoreHook {
    /// The container; empty for the pod's first container.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub container: String,
    /// The command and its arguments.
    #[serde(deserialize_with = "or_default")]
    pub command: Vec<String>,
    /// How to handle a failure; defaults to [`Continue`](HookErrorMode::Continue).
    #[serde(skip_serializing_if = "is_default", deserialize_with = "optional_text")]
    pub on_error: Option<HookErrorMode>,
    /// The timeout of the command; zero for Velero's default.
    #[serde(with = "go_duration", skip_serializing_if = "Duration::is_zero")]
    pub exec_timeout: Duration,
    /// How long to wait for the container; zero for no limit.
    #[serde(with = "go_duration", skip_serializing_if = "Duration::is_zero")]
    pub wait_timeout: Duration,
    /// Whether to wait until the container is ready, not only running.
    #[serde(skip_serializing_if = "is_default")]
    pub wait_for_ready: Option<bool>,
}

/// Init containers that Velero adds to a restored pod.
///
/// `Debug` prints only the number of containers, because they have commands and variables.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct InitRestoreHook {
    /// The containers, each an unparsed Kubernetes `Container`.
    #[serde(deserialize_with = "or_default")]
    pub init_containers: Vec<Value>,
    /// Their timeout.
    #[serde(with = "go_duration", skip_serializing_if = "Duration::is_zero")]
    pub timeout: Duration,
}

/// The results of the hooks of a backup or restore.
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

/// Prints the program of a command.
struct Program<'a>(&'a [String]);

impl fmt::Debug for Program<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            [] => f.write_str("[]"),
            [program, arguments @ ..] => write!(f, "[{program:?}, and {} arguments]", arguments.len()),
        }
    }
}

impl fmt::Debug for ExecHook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { container, command, on_error, timeout } = self;
        f.debug_struct("ExecHook")
            .field("container", container)
            .field("command", &Program(command))
            .field("on_error", on_error)
            .field("timeout", timeout)
            .finish()
    }
}

impl fmt::Debug for ExecRestoreHook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { container, command, on_error, exec_timeout, wait_timeout, wait_for_ready } = self;
        f.debug_struct("ExecRestoreHook")
            .field("container", container)
            .field("command", &Program(command))
            .field("on_error", on_error)
            .field("exec_timeout", exec_timeout)
            .field("wait_timeout", wait_timeout)
            .field("wait_for_ready", wait_for_ready)
            .finish()
    }
}

impl fmt::Debug for InitRestoreHook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { init_containers, timeout } = self;
        f.debug_struct("InitRestoreHook")
            .field("init_containers", &init_containers.len())
            .field("timeout", timeout)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn item(api_version: &str, kind: &str, namespace: &str) -> Item {
        Item::from_value(json!({"apiVersion": api_version, "kind": kind,
            "metadata": {"name": "x", "namespace": namespace, "labels": {"app": "db"}}}))
        .unwrap()
    }

    /// The cases of Velero's `TestResourceHookApplicableTo`.
    #[test]
    fn backup_hook_applies_if_all_lists_match() {
        let applies = |hook: Value, item: &Item| {
            serde_json::from_value::<BackupResourceHookSpec>(hook).unwrap().applies_to(item)
        };
        let pod = item("v1", "Pod", "shop");
        for (hook, expected) in [
            (json!({}), true),
            (json!({"includedNamespaces": ["shop"]}), true),
            (json!({"includedNamespaces": ["test"]}), false),
            (json!({"excludedNamespaces": ["shop"]}), false),
            (json!({"includedResources": ["Pod"]}), true),
            (json!({"includedResources": ["po"], "excludedResources": ["*"]}), true),
            (json!({"includedResources": ["deployments.apps"]}), false),
            (json!({"excludedResources": ["pods"]}), false),
            (json!({"labelSelector": {"matchLabels": {"app": "db"}}}), true),
            (json!({"labelSelector": {"matchLabels": {"app": "web"}}}), false),
        ] {
            assert_eq!(applies(hook.clone(), &pod), expected, "{hook}");
        }
        let vm = item("kubevirt.io/v1", "VirtualMachine", "shop");
        assert!(applies(json!({"includedResources": ["virtualmachines.kubevirt.io"]}), &vm));
        assert!(!applies(json!({"includedNamespaces": ["shop"]}), &item("v1", "PersistentVolume", "")));
    }

    #[test]
    fn restore_hook_applies_to_pods_in_the_target_namespace() {
        let hook = json!({"includedNamespaces": ["copy"], "includedResources": ["secrets"],
            "labelSelector": {"matchExpressions": [{"key": "app", "operator": "Exists"}]}});
        let hook: RestoreResourceHookSpec = serde_json::from_value(hook).unwrap();
        let pod = item("v1", "Pod", "shop");
        assert!(hook.applies_to(&pod, "copy") && !hook.applies_to(&pod, "shop"));
        assert!(!hook.applies_to(&item("v1", "Secret", "copy"), "copy"));
    }
}
