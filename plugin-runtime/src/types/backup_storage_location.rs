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

/// A location where Velero stores backups.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct BackupStorageLocation {
    /// Name, namespace, labels, annotations, ….
    #[serde(deserialize_with = "object_or_default")]
    pub metadata: ObjectMeta,
    /// The specification.
    #[serde(deserialize_with = "object_or_default")]
    pub spec: BackupStorageLocationSpec,
    /// The status.
    #[serde(deserialize_with = "object_or_default")]
    pub status: BackupStorageLocationStatus,
    #[serde(skip)]
    original: Original,
}

impl BackupStorageLocation {
    /// Parses the JSON that the API server sends.
    #[track_caller]
    pub fn from_json(json: &[u8]) -> Result<Self> {
        let location: Self = original::read(json, "velero.io/v1 BackupStorageLocation")?;
        Ok(Self { original: Original::new(json), ..location })
    }

    /// Returns the JSON this was read from, including unknown fields.
    pub fn as_value(&self) -> &Value {
        self.original.tree(self)
    }
}

/// The specification of a location.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct BackupStorageLocationSpec {
    /// The name of the object store plugin.
    #[serde(deserialize_with = "or_default")]
    pub provider: String,
    /// The settings of the object store.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub config: Config,
    /// The Secret key that holds the credentials; `None` for those that Velero was installed with. See
    /// [`Context::credentials_of`](crate::Context::credentials_of).
    #[serde(skip_serializing_if = "is_default")]
    pub credential: Option<SecretKeySelector>,
    /// Bucket and prefix.
    #[serde(skip_serializing_if = "is_default")]
    pub object_storage: Option<ObjectStorageLocation>,
    /// Whether this is the default location.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub default: bool,
    /// Whether Velero may write to it; defaults to read and write.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "optional_text")]
    pub access_mode: Option<BackupStorageLocationAccessMode>,
    /// How often Velero syncs backups from it; `None` for the server's default, zero for never.
    #[serde(skip_serializing_if = "is_default", with = "optional_duration")]
    pub backup_sync_period: Option<Duration>,
    /// How often Velero checks that it is available; `None` for the server's default, zero for never.
    #[serde(skip_serializing_if = "is_default", with = "optional_duration")]
    pub validation_frequency: Option<Duration>,
}

/// The place in an object store.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct ObjectStorageLocation {
    /// The bucket.
    #[serde(deserialize_with = "or_default")]
    pub bucket: String,
    /// The prefix of all keys.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub prefix: String,
    /// CA certificates (PEM, in base64) that verify the store.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub ca_cert: String,
    /// The Secret key that holds such certificates.
    #[serde(skip_serializing_if = "is_default")]
    pub ca_cert_ref: Option<SecretKeySelector>,
}

/// The status of a location.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct BackupStorageLocationStatus {
    /// Whether it is available.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "optional_text")]
    pub phase: Option<BackupStorageLocationPhase>,
    /// When Velero last synced backups from it.
    #[serde(skip_serializing_if = "is_default")]
    pub last_synced_time: Option<Time>,
    /// When Velero last checked that it is available.
    #[serde(skip_serializing_if = "is_default")]
    pub last_validation_time: Option<Time>,
    /// Why it is unavailable.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub message: String,
}

text_enum! {
    /// Whether a location is available.
    pub enum BackupStorageLocationPhase {
        /// Available for reading and writing.
        Available = "Available",
        /// Unavailable.
        Unavailable = "Unavailable",
    }
}

text_enum! {
    /// What Velero may do at a location.
    pub enum BackupStorageLocationAccessMode {
        /// Restore only.
        ReadOnly = "ReadOnly",
        /// Restore and back up.
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
