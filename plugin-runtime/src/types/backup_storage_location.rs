//! [`BackupStorageLocation`]: Velero's API object, from its `pkg/apis/velero/v1/backupstoragelocation_types.go`.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::absent::{is_default, object_or_default, optional_text, or_default};
use super::meta::ObjectMeta;
use super::original::{self, Original};
use super::text_enum::text_enum;
use super::velero::SecretKeySelector;
use super::{Config, Time};
use crate::error::Result;

/// Where Velero keeps backups.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct BackupStorageLocation {
    /// Name, namespace, labels, annotations, ….
    #[serde(deserialize_with = "object_or_default")]
    pub metadata: ObjectMeta,
    /// What it is.
    #[serde(deserialize_with = "object_or_default")]
    pub spec: BackupStorageLocationSpec,
    /// How it is.
    #[serde(deserialize_with = "object_or_default")]
    pub status: BackupStorageLocationStatus,
    #[serde(skip)]
    original: Original,
}

impl BackupStorageLocation {
    /// Reads what the API server sends.
    #[track_caller]
    pub fn from_json(json: &[u8]) -> Result<Self> {
        let location: Self = original::read(json, "velero.io/v1 BackupStorageLocation")?;
        Ok(Self { original: Original::new(json), ..location })
    }

    /// All of the JSON that this was read from, fields that this crate does not know included.
    pub fn as_value(&self) -> &Value {
        self.original.tree(self)
    }
}

/// What a location is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct BackupStorageLocationSpec {
    /// The name of the object store's plugin.
    #[serde(deserialize_with = "or_default")]
    pub provider: String,
    /// The settings of the object store.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub config: Config,
    /// The Secret's key with the credentials; none for those that Velero was installed with. See
    /// [`Context::credentials_of`](crate::Context::credentials_of).
    #[serde(skip_serializing_if = "is_default")]
    pub credential: Option<SecretKeySelector>,
    /// Bucket and prefix.
    #[serde(skip_serializing_if = "is_default")]
    pub object_storage: Option<ObjectStorageLocation>,
    /// Whether backups that name no location come here.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub default: bool,
    /// Whether Velero may write there; where not said, it may.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "optional_text")]
    pub access_mode: Option<BackupStorageLocationAccessMode>,
    /// How often Velero looks for backups there; none for the server's own setting, zero for never.
    #[serde(skip_serializing_if = "is_default", with = "optional_duration")]
    pub backup_sync_period: Option<Duration>,
    /// How often Velero looks whether it can be reached; none for the server's own setting, zero for never.
    #[serde(skip_serializing_if = "is_default", with = "optional_duration")]
    pub validation_frequency: Option<Duration>,
}

/// Where in an object store.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct ObjectStorageLocation {
    /// The bucket.
    #[serde(deserialize_with = "or_default")]
    pub bucket: String,
    /// What all keys begin with.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub prefix: String,
    /// Certificates (PEM, in base64) by which the store is known.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub ca_cert: String,
    /// The Secret's key with such certificates.
    #[serde(skip_serializing_if = "is_default")]
    pub ca_cert_ref: Option<SecretKeySelector>,
}

/// How a location is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct BackupStorageLocationStatus {
    /// Whether it can be reached.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "optional_text")]
    pub phase: Option<BackupStorageLocationPhase>,
    /// When Velero last looked for backups there.
    #[serde(skip_serializing_if = "is_default")]
    pub last_synced_time: Option<Time>,
    /// When Velero last looked whether it can be reached.
    #[serde(skip_serializing_if = "is_default")]
    pub last_validation_time: Option<Time>,
    /// Why it cannot be reached.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub message: String,
}

text_enum! {
    /// Whether a location can be reached.
    pub enum BackupStorageLocationPhase {
        /// It can be read and written.
        Available = "Available",
        /// It cannot.
        Unavailable = "Unavailable",
    }
}

text_enum! {
    /// What Velero may do at a location.
    pub enum BackupStorageLocationAccessMode {
        /// Only restore from it.
        ReadOnly = "ReadOnly",
        /// Write backups, too.
        ReadWrite = "ReadWrite",
    }
}

mod optional_duration {
    use std::time::Duration;

    use serde::{Deserialize as _, Deserializer, Serializer, de};

    use crate::types::go_duration;

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Duration>, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?;
        text.map(|text| go_duration::parse_text(&text)).transpose().map_err(de::Error::custom)
    }

    #[expect(clippy::ref_option, reason = "serde's `with` gives a reference to the field")]
    pub(super) fn serialize<S: Serializer>(
        value: &Option<Duration>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match value {
            Some(duration) => serializer.serialize_str(&go_duration::format(*duration)),
            None => serializer.serialize_none(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_field_is_read_and_written() {
        let value = json!({
            "metadata": {"name": "default"},
            "spec": {
                "provider": "aws", "config": {"region": "eu"}, "credential": {"name": "cloud", "key": "file"},
                "objectStorage": {"bucket": "b", "prefix": "p", "caCert": "eA==", "caCertRef": {"name": "n", "key": "k"}},
                "default": true, "accessMode": "ReadOnly", "backupSyncPeriod": "1m0s", "validationFrequency": "0s",
            },
            "status": {
                "phase": "Available", "lastSyncedTime": "2026-05-01T12:00:00Z",
                "lastValidationTime": "2026-05-01T12:00:00Z", "message": "m",
            },
        });
        let location = BackupStorageLocation::from_json(value.to_string().as_bytes()).unwrap();
        assert_eq!(serde_json::to_value(&location).unwrap(), value);
        assert_eq!(location.spec.backup_sync_period, Some(Duration::from_secs(60)));
        assert_eq!(location.spec.access_mode, Some(BackupStorageLocationAccessMode::ReadOnly));
    }

    #[test]
    fn null_is_unset() {
        let nulls =
            json!({"spec": {"config": null, "accessMode": "", "validationFrequency": null}, "status": null});
        let location = BackupStorageLocation::from_json(nulls.to_string().as_bytes()).unwrap();
        assert_eq!(location, BackupStorageLocation::default());
    }
}
