//! [`Restore`]: Velero's API object, all fields of velero.io/v1 as of Velero 1.18, from its
//! `pkg/apis/velero/v1/restore_types.go`.

mod spec;
mod status;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

pub use spec::{PolicyType, RestoreSpec, RestoreStatusSpec, UploaderConfigForRestore};
pub use status::{RestorePhase, RestoreProgress, RestoreStatus};

use super::absent::{is_default, object_or_default, or_default};
use super::labels;
use super::meta::{ObjectMeta, OwnerReference};
use super::original::{self, Original};
use crate::error::Result;

/// A Velero restore: its specification and status.
///
/// In tests, start from `Restore::default()`:
///
/// ```
/// use plugwright::Restore;
///
/// let mut restore = Restore::default();
/// restore.spec.backup_name = "nightly".into();
/// restore.spec.namespace_mapping.insert("shop".into(), "shop-copy".into());
/// assert_eq!(restore.target_namespace("shop"), "shop-copy");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct Restore {
    /// `velero.io/v1`; empty in most requests, because Velero's server omits it.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub api_version: String,
    /// `Restore`; may be empty like `api_version`.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub kind: String,
    /// Name, namespace, labels, annotations, ….
    #[serde(deserialize_with = "object_or_default")]
    pub metadata: ObjectMeta,
    /// The specification.
    #[serde(deserialize_with = "object_or_default")]
    pub spec: RestoreSpec,
    /// The status.
    #[serde(deserialize_with = "object_or_default")]
    pub status: RestoreStatus,
    #[serde(skip)]
    original: Original,
}

impl Restore {
    /// Creates a restore with this name, for tests.
    ///
    /// ```
    /// use plugwright::Restore;
    ///
    /// let restore = Restore::named("velero", "x").with_spec(|spec| spec.backup_name = "nightly".into());
    /// assert_eq!(restore.metadata.name, "x");
    /// ```
    pub fn named(namespace: impl Into<String>, name: impl Into<String>) -> Self {
        let mut restore = Self::default();
        restore.metadata.namespace = namespace.into();
        restore.metadata.name = name.into();
        restore
    }

    /// Changes the spec.
    #[must_use]
    pub fn with_spec<R>(mut self, edit: impl FnOnce(&mut RestoreSpec) -> R) -> Self {
        edit(&mut self.spec);
        self
    }

    /// Changes the status.
    #[must_use]
    pub fn with_status<R>(mut self, edit: impl FnOnce(&mut RestoreStatus) -> R) -> Self {
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

    /// Parses the JSON that Velero sends. `null` becomes the default restore.
    ///
    /// Errors name the field with an unexpected type, with line and column.
    #[track_caller]
    pub fn from_json(json: &[u8]) -> Result<Self> {
        let restore: Self = original::read(json, "velero.io/v1 Restore")?;
        Ok(Self { original: Original::new(json), ..restore })
    }

    /// Returns the JSON this was read from, including unknown fields. For a restore created in code, its
    /// fields at the first call.
    pub fn as_value(&self) -> &Value {
        self.original.tree(self)
    }

    /// For the owners of what a plugin makes for this restore, such as a `DataDownload`: it is deleted with the restore.
    pub fn owner_reference(&self) -> OwnerReference {
        OwnerReference::to_velero("Restore", &self.metadata)
    }

    /// The name that a VolumeSnapshot of the backup has after this restore: the hash of the restore's uid and of its name
    /// in the backup, so that two restores are not in each other's way.
    ///
    /// As Velero's own action for VolumeSnapshots (`pkg/util/util.go`), which runs where the feature `EnableCSI` is on.
    /// Velero 1.16 and later; in an older one they keep their name.
    pub fn volume_snapshot_name(&self, name: &str) -> String {
        labels::hex(&Sha256::digest(format!("{}/{name}", self.metadata.uid)))
    }

    /// Returns the namespace into which objects of `namespace` are restored, by `spec.namespaceMapping`.
    pub fn target_namespace<'a>(&'a self, namespace: &'a str) -> &'a str {
        self.spec.namespace_mapping.get(namespace).map_or(namespace, String::as_str)
    }

    /// Whether volume data is restored: true unless `spec.restorePVs` is `false`.
    pub fn restores_pvs(&self) -> bool {
        self.spec.restore_pvs != Some(false)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Written by Velero 1.18.3's own types with every field set by reflection.
    const FULL: &[u8] = include_bytes!("fixtures/restore.json");
    /// The same with no field set.
    const EMPTY: &[u8] = include_bytes!("fixtures/restore_empty.json");

    #[test]
    fn no_field_is_missing_or_misnamed() {
        let restore = Restore::from_json(FULL).unwrap();
        let expected: Value = serde_json::from_slice(FULL).unwrap();
        assert_eq!(serde_json::to_value(&restore).unwrap(), expected);
        assert_eq!(restore.as_value(), &expected);
    }

    #[test]
    fn an_empty_restore_is_the_default_one() {
        assert_eq!(Restore::from_json(EMPTY).unwrap(), Restore::default());
        assert_eq!(Restore::from_json(b"null").unwrap(), Restore::default());
    }

    #[test]
    fn null_and_empty_text_are_unset() {
        let restore = Restore::from_json(
            br#"{"metadata": {"creationTimestamp": null, "labels": null}, "spec": {"includedNamespaces": null,
            "namespaceMapping": null, "labelSelector": null, "restorePVs": null, "hooks": {"resources": null},
            "existingResourcePolicy": "", "itemOperationTimeout": null}, "status": {"phase": "", "errors": null}}"#,
        );
        assert_eq!(restore.unwrap(), Restore::default());
    }

    #[test]
    fn names_that_are_not_plain_camel_case() {
        let restore = Restore::from_json(
            br#"{"spec": {"restorePVs": false, "existingResourcePolicy": "update",
            "restoreStatus": {"includedResources": ["*"]}}, "status": {"phase": "Finalizing"}}"#,
        )
        .unwrap();
        assert_eq!(restore.spec.restore_pvs, Some(false));
        assert_eq!(restore.spec.existing_resource_policy, Some(PolicyType::Update));
        assert_eq!(restore.spec.restore_status.unwrap().included_resources, ["*"]);
        assert_eq!(restore.status.phase, RestorePhase::Finalizing);
    }

    #[test]
    fn namespaces_without_mapping_stay() {
        let mut restore = Restore::default();
        restore.spec.namespace_mapping.insert("a".into(), "b".into());
        assert_eq!(["a", "b", ""].map(|namespace| restore.target_namespace(namespace)), ["b", "b", ""]);
    }

    #[test]
    fn what_is_made_for_a_restore_belongs_to_it() {
        let mut restore = Restore::named("velero", "r");
        restore.metadata.uid = "u-1".into();
        let expected = json!({"apiVersion": "velero.io/v1", "kind": "Restore", "name": "r", "uid": "u-1",
            "controller": true});
        assert_eq!(serde_json::to_value(restore.owner_reference()).unwrap(), expected);
    }

    #[test]
    fn a_snapshot_has_velero_s_name() {
        let mut restore = Restore::default();
        restore.metadata.uid = "restoreUID".into();
        // `printf restoreUID/vsName | sha256sum`
        let expected = "16e560cdf7afa5692e34255d9032494205b275c461355e1e3fc5dcaee516236f";
        assert_eq!(restore.volume_snapshot_name("vsName"), expected);
    }

    #[test]
    fn volumes_are_restored_by_default() {
        let mut restore = Restore::default();
        for (said, restores) in [(None, true), (Some(true), true), (Some(false), false)] {
            restore.spec.restore_pvs = said;
            assert_eq!(restore.restores_pvs(), restores, "{said:?}");
        }
    }

    #[test]
    fn a_list_is_not_an_object() {
        for field in ["metadata", "spec", "status"] {
            let error =
                Restore::from_json(format!("{{\"{field}\": []}}").as_bytes()).unwrap_err().to_string();
            let expected =
                format!("invalid velero.io/v1 Restore: {field}: invalid type: sequence, expected an object");
            assert!(error.starts_with(&expected), "{error}");
        }
    }

    #[test]
    fn builds_a_restore_for_tests() {
        let restore = Restore::named("velero", "x").with_label("a", "b").with_annotation("c", "d");
        let restore = restore.with_spec(|spec| spec.included_namespaces.push("shop".into()));
        let expected = json!({"metadata": {"name": "x", "namespace": "velero", "labels": {"a": "b"},
            "annotations": {"c": "d"}}, "spec": {"includedNamespaces": ["shop"]}, "status": {}});
        assert_eq!(restore.as_value(), &expected);
    }

    #[test]
    fn errors_say_what_and_where() {
        let error = Restore::from_json(b"{\"spec\": {\"hooks\": 5}}").unwrap_err().to_string();
        assert!(error.starts_with("invalid velero.io/v1 Restore: spec.hooks: invalid type"), "{error}");
        assert!(error.ends_with("at line 1 column 20"), "{error}");
    }

    #[test]
    fn restore_created_in_code_has_json() {
        let mut restore = Restore::default();
        restore.spec.backup_name = "b".into();
        assert_eq!(restore.as_value()["spec"], json!({"backupName": "b"}));
    }
}
