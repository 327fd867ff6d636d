//! [`Backup`]: Velero's API object, all fields of velero.io/v1 as of Velero 1.18, from its
//! `pkg/apis/velero/v1/backup_types.go`.

mod selects;
mod spec;
mod status;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use spec::{BackupMetadata, BackupSpec, UploaderConfigForBackup};
pub use status::{BackupPhase, BackupProgress, BackupStatus};

use super::absent::{is_default, object_or_default, or_default};
use super::meta::{ObjectMeta, OwnerReference};
use super::original::{self, Original};
use crate::error::Result;

/// A Velero backup: its specification and status.
///
/// In tests, start from `Backup::default()`:
///
/// ```
/// use plugwright::Backup;
///
/// let mut backup = Backup::default();
/// backup.metadata.name = "nightly".into();
/// backup.spec.snapshot_volumes = Some(true);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct Backup {
    /// `velero.io/v1`; empty in most requests, because Velero's server omits it.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub api_version: String,
    /// `Backup`; may be empty like `api_version`.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub kind: String,
    /// Name, namespace, labels, annotations, ….
    #[serde(deserialize_with = "object_or_default")]
    pub metadata: ObjectMeta,
    /// The specification.
    #[serde(deserialize_with = "object_or_default")]
    pub spec: BackupSpec,
    /// The status.
    #[serde(deserialize_with = "object_or_default")]
    pub status: BackupStatus,
    #[serde(skip)]
    original: Original,
}

impl Backup {
    /// Creates a backup with this name, for tests.
    ///
    /// ```
    /// use plugwright::Backup;
    ///
    /// let backup = Backup::named("velero", "x").with_spec(|spec| spec.snapshot_volumes = Some(true));
    /// assert_eq!(backup.metadata.name, "x");
    /// ```
    pub fn named(namespace: impl Into<String>, name: impl Into<String>) -> Self {
        let mut backup = Self::default();
        backup.metadata.namespace = namespace.into();
        backup.metadata.name = name.into();
        backup
    }

    /// Changes the spec.
    #[must_use]
    pub fn with_spec<R>(mut self, edit: impl FnOnce(&mut BackupSpec) -> R) -> Self {
        edit(&mut self.spec);
        self
    }

    /// Changes the status.
    #[must_use]
    pub fn with_status<R>(mut self, edit: impl FnOnce(&mut BackupStatus) -> R) -> Self {
        edit(&mut self.status);
        self
    }

    /// Adds a label.
    #[must_use]
    pub fn with_label(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.metadata.labels.insert(key.into(), value.into());
        self
    }

    /// Adds an annotation.
    #[must_use]
    pub fn with_annotation(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.metadata.annotations.insert(key.into(), value.into());
        self
    }

    /// Parses the JSON that Velero sends. `null` becomes the default backup.
    ///
    /// Errors name the field with an unexpected type, with line and column.
    #[track_caller]
    pub fn from_json(json: &[u8]) -> Result<Self> {
        let backup: Self = original::read(json, "velero.io/v1 Backup")?;
        Ok(Self { original: Original::new(json), ..backup })
    }

    /// Returns the JSON this was read from, including unknown fields. For a backup created in code, its
    /// fields at the first call.
    pub fn as_value(&self) -> &Value {
        self.original.tree(self)
    }

    /// For the owners of what a plugin makes for this backup, such as a `DataUpload`: it is deleted with the backup.
    pub fn owner_reference(&self) -> OwnerReference {
        OwnerReference::to_velero("Backup", &self.metadata)
    }

    /// Whether Velero calls the action a second time, after the asynchronous operations completed.
    ///
    /// Velero then stores the post-operation items again. An action must not start an operation in this
    /// phase: Velero fails the item (its `pkg/backup/item_backupper.go`).
    pub fn is_finalizing(&self) -> bool {
        matches!(self.status.phase, BackupPhase::Finalizing | BackupPhase::FinalizingPartiallyFailed)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;

    use super::*;
    use crate::types::{HookErrorMode, HookStatus, TypedLocalObjectReference};

    /// Written by Velero 1.18.3's own types with every field set by reflection.
    const FULL: &[u8] = include_bytes!("fixtures/backup.json");
    /// The same with no field set.
    const EMPTY: &[u8] = include_bytes!("fixtures/backup_empty.json");

    #[test]
    fn no_field_is_missing_or_misnamed() {
        let backup = Backup::from_json(FULL).unwrap();
        let expected: Value = serde_json::from_slice(FULL).unwrap();
        assert_eq!(serde_json::to_value(&backup).unwrap(), expected);
        assert_eq!(backup.as_value(), &expected);
    }

    #[test]
    fn an_empty_backup_is_the_default_one() {
        assert_eq!(Backup::from_json(EMPTY).unwrap(), Backup::default());
        assert_eq!(Backup::from_json(b"null").unwrap(), Backup::default());
        assert_eq!(Backup::from_json(b"{}").unwrap(), Backup::default());
    }

    #[test]
    fn null_is_the_default_for_every_field() {
        fn nulls(value: &mut Value) {
            match value {
                Value::Object(fields) => {
                    fields.retain(|key, _| !key.starts_with("string-"));
                    for (_, field) in fields.iter_mut() {
                        nulls(field);
                    }
                }
                other => *other = Value::Null,
            }
        }
        let mut value: Value = serde_json::from_slice(FULL).unwrap();
        nulls(&mut value);
        let mut backup = Backup::from_json(value.to_string().as_bytes()).unwrap();
        // Pointers to structs are set, as in Go.
        assert_eq!(backup.spec.uploader_config.take(), Some(UploaderConfigForBackup::default()));
        assert_eq!(backup.spec.resource_policy.take(), Some(TypedLocalObjectReference::default()));
        assert_eq!(backup.spec.label_selector.take().unwrap().match_expressions, []);
        assert_eq!(backup.status.progress.take(), Some(BackupProgress::default()));
        assert_eq!(backup.status.hook_status.take(), Some(HookStatus::default()));
        assert_eq!(backup, Backup::default());
    }

    #[test]
    fn fields_have_expected_types() {
        let backup = Backup::from_json(
            br#"{"spec": {"ttl": "720h0m0s", "hooks": {"resources": [{"name": "db", "pre": [{"exec":
            {"command": ["sync"], "onError": "Continue", "timeout": "1m30s"}}]}]}}, "status": {"phase": "InProgress",
            "startTimestamp": "2026-05-01T12:00:00Z"}, "later": {"unknown": 1}}"#,
        )
        .unwrap();
        assert_eq!(backup.spec.ttl, Duration::from_secs(720 * 3600));
        let exec = backup.spec.hooks.resources[0].pre_hooks[0].exec.clone().unwrap();
        assert_eq!((exec.on_error, exec.timeout), (Some(HookErrorMode::Continue), Duration::from_secs(90)));
        assert_eq!(backup.status.phase, BackupPhase::InProgress);
        assert_eq!(backup.status.start_timestamp.unwrap().to_string(), "2026-05-01T12:00:00Z");
        assert_eq!(backup.as_value()["later"], json!({"unknown": 1}));
        assert!(format!("{backup:?}").ends_with("original: JSON }"));
    }

    #[test]
    fn finalizing() {
        let mut backup = Backup::default();
        assert!(!backup.is_finalizing());
        for (phase, finalizing) in [
            ("Finalizing", true),
            ("FinalizingPartiallyFailed", true),
            ("Completed", false),
            ("Later", false),
        ] {
            backup.status.phase = phase.into();
            assert_eq!(backup.is_finalizing(), finalizing, "{phase}");
        }
    }

    #[test]
    fn a_list_is_not_an_object() {
        for field in ["metadata", "spec", "status"] {
            let error = Backup::from_json(format!("{{\"{field}\": []}}").as_bytes()).unwrap_err().to_string();
            let expected =
                format!("invalid velero.io/v1 Backup: {field}: invalid type: sequence, expected an object");
            assert!(error.starts_with(&expected), "{error}");
        }
    }

    #[test]
    fn builds_a_backup_for_tests() {
        let backup = Backup::named("velero", "x").with_label("a", "b").with_annotation("c", "d");
        let backup = backup.with_spec(|spec| spec.included_namespaces.push("shop".into()));
        let expected = json!({"metadata": {"name": "x", "namespace": "velero", "labels": {"a": "b"},
            "annotations": {"c": "d"}}, "spec": {"includedNamespaces": ["shop"]}, "status": {}});
        assert_eq!(backup.as_value(), &expected);
    }

    #[test]
    fn errors_say_what_and_where() {
        assert_eq!(
            Backup::from_json(b"{\"spec\": {\"ttl\": \"1d\"}}").unwrap_err().to_string(),
            "invalid velero.io/v1 Backup: spec.ttl: the duration \"1d\" has the unknown unit \"d\"; \
             use h, m, s, ms, us or ns, such as 1m30s at line 1 column 22"
        );
        assert_eq!(
            Backup::from_json(b"").unwrap_err().to_string(),
            "invalid velero.io/v1 Backup: EOF while parsing a value at line 1 column 0"
        );
        for list in ["[1]", " []"] {
            let error = Backup::from_json(list.as_bytes()).unwrap_err().to_string();
            assert_eq!(error, "invalid velero.io/v1 Backup: expected an object, found a list");
        }
    }

    #[test]
    fn backup_created_in_code_has_json() {
        let mut backup = Backup::default();
        backup.metadata.name = "b".into();
        assert_eq!(backup.as_value()["metadata"], json!({"name": "b"}));
    }

    #[test]
    fn what_is_made_for_a_backup_belongs_to_it() {
        let mut backup = Backup::named("velero", "b");
        backup.metadata.uid = "u-1".into();
        let expected = json!({"apiVersion": "velero.io/v1", "kind": "Backup", "name": "b", "uid": "u-1",
            "controller": true});
        assert_eq!(serde_json::to_value(backup.owner_reference()).unwrap(), expected);
    }
}
