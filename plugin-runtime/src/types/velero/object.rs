//! The common parts of the objects.

use serde::{Deserialize, Serialize};

use crate::types::absent::{is_default, or_default};
use crate::types::text_enum::text_enum;

/// Declares an object of Velero's API: documentation, name, types of spec and status, version.
macro_rules! velero_object {
    ($(#[$attribute:meta])* $name:ident, $spec:ident, $status:ident, $api_version:literal) => {
        $(#[$attribute])*
        ///
        /// `Default` leaves `apiVersion` and `kind` empty; [`named`](Self::named) sets them.
        #[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(default, rename_all = "camelCase")]
        #[non_exhaustive]
        pub struct $name {
            #[doc = concat!("`", $api_version, "`.")]
            #[serde(deserialize_with = "crate::types::absent::or_default")]
            pub api_version: String,
            #[doc = concat!("`", stringify!($name), "`.")]
            #[serde(deserialize_with = "crate::types::absent::or_default")]
            pub kind: String,
            /// Name, namespace, labels, annotations, ….
            #[serde(deserialize_with = "crate::types::absent::object_or_default")]
            pub metadata: crate::types::ObjectMeta,
            /// The specification.
            #[serde(deserialize_with = "crate::types::absent::object_or_default")]
            pub spec: $spec,
            /// The status.
            #[serde(
                skip_serializing_if = "crate::types::absent::is_default",
                deserialize_with = "crate::types::absent::object_or_default"
            )]
            pub status: $status,
        }

        impl $name {
            /// Creates an object with this name.
            pub fn named(namespace: impl Into<String>, name: impl Into<String>) -> Self {
                let mut object =
                    Self { api_version: $api_version.into(), kind: stringify!($name).into(), ..Self::default() };
                object.metadata.namespace = namespace.into();
                object.metadata.name = name.into();
                object
            }
        }
    };
}

pub(super) use velero_object;

/// The number of bytes moved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct DataMoveOperationProgress {
    /// The size of the volume; 0 if unknown.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub total_bytes: i64,
    /// The number of bytes moved so far.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub bytes_done: i64,
}

text_enum! {
    /// The phase of a data movement: of a DataUpload, DataDownload, PodVolumeBackup or PodVolumeRestore.
    pub enum DataMovePhase {
        /// Not accepted yet.
        New = "New",
        /// Accepted by a node.
        Accepted = "Accepted",
        /// The volume is ready.
        Prepared = "Prepared",
        /// Data is being moved.
        InProgress = "InProgress",
        /// Being cancelled.
        Canceling = "Canceling",
        /// Cancelled.
        Canceled = "Canceled",
        /// All data was moved.
        Completed = "Completed",
        /// Failed; see the message in the status.
        Failed = "Failed",
    }
}

impl DataMovePhase {
    /// Whether it has ended, successfully or not.
    pub fn is_final(&self) -> bool {
        matches!(self, Self::Canceled | Self::Completed | Self::Failed)
    }
}

/// One key of a Secret.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct SecretKeySelector {
    /// The Secret's name, in the same namespace.
    #[serde(deserialize_with = "or_default")]
    pub name: String,
    /// The key.
    #[serde(deserialize_with = "or_default")]
    pub key: String,
}
