//! The common parts of the objects.

use serde::{Deserialize, Serialize};

use crate::types::absent::{is_default, or_default};
use crate::types::text_enum::text_enum;

/// Declares an object of Velero's API: documentation, name, types of spec and status, version.
macro_rules! velero_object {
    ($(#[$attribute:meta])* $name:ident, $spec:ident, $status:ident, $api_version:literal) => {
        $(#[$attribute])*
        ///
        /// `Default` leaves `apiVersion` and `kind` empty; [`named`](Self::named) sets them. With the feature `kube` it
        /// converts from and to the objects of [`Context::api`](crate::Context::api), with `TryFrom`.
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

        #[cfg(feature = "kube")]
        impl TryFrom<kube::api::DynamicObject> for $name {
            type Error = crate::Error;

            #[track_caller]
            fn try_from(object: kube::api::DynamicObject) -> crate::Result<Self> {
                super::object::dynamic::read(&object, stringify!($name))
            }
        }

        #[cfg(feature = "kube")]
        impl TryFrom<&$name> for kube::api::DynamicObject {
            type Error = crate::Error;

            #[track_caller]
            fn try_from(object: &$name) -> crate::Result<Self> {
                super::object::dynamic::write(object, stringify!($name))
            }
        }
    };
}

pub(super) use velero_object;

/// From and to the objects that a client of Kubernetes' API has for any kind.
#[cfg(feature = "kube")]
pub(super) mod dynamic {
    use kube::ResourceExt;
    use kube::api::DynamicObject;
    use serde::Serialize;
    use serde::de::DeserializeOwned;

    use crate::{Error, Result};

    #[track_caller]
    pub(in super::super) fn read<T: DeserializeOwned>(object: &DynamicObject, kind: &str) -> Result<T> {
        match serde_path_to_error::deserialize(serde_json::to_value(object)?) {
            Ok(object) => Ok(object),
            Err(error) => {
                Err(Error::from(error).context(format_args!("{} can't be read as {kind}", object.name_any())))
            }
        }
    }

    #[track_caller]
    pub(in super::super) fn write<T: Serialize>(object: &T, kind: &str) -> Result<DynamicObject> {
        match serde_json::to_value(object).and_then(serde_json::from_value) {
            Ok(object) => Ok(object),
            Err(error) => Err(Error::from(error).context(format_args!("a {kind} can't be written"))),
        }
    }
}

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
