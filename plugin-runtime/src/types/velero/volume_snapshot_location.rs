//! [`VolumeSnapshotLocation`].

use serde::{Deserialize, Serialize};

use super::object::{SecretKeySelector, velero_object};
use crate::types::Config;
use crate::types::absent::{is_default, optional_text, or_default};
use crate::types::text_enum::text_enum;

velero_object! {
    /// A location where Velero stores snapshots of volumes.
    VolumeSnapshotLocation, VolumeSnapshotLocationSpec, VolumeSnapshotLocationStatus, "velero.io/v1"
}

/// The specification of a location.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct VolumeSnapshotLocationSpec {
    /// The name of the volume snapshotter plugin.
    #[serde(deserialize_with = "or_default")]
    pub provider: String,
    /// The settings of the volume snapshotter.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub config: Config,
    /// The Secret key that holds the credentials; `None` for those that Velero was installed with.
    #[serde(skip_serializing_if = "is_default")]
    pub credential: Option<SecretKeySelector>,
}

/// The status of a location.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct VolumeSnapshotLocationStatus {
    /// Whether it is available.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "optional_text")]
    pub phase: Option<VolumeSnapshotLocationPhase>,
}

text_enum! {
    /// Whether a location is available.
    pub enum VolumeSnapshotLocationPhase {
        /// Available.
        Available = "Available",
        /// Unavailable.
        Unavailable = "Unavailable",
    }
}
