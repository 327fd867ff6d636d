//! [`Application`]: the part of Argo CD's API object that EphemeralAccess passes on, from its
//! `api/argoproj/v1alpha1/appproject.go`.

use serde::{Deserialize, Serialize};

use super::absent::{is_default, or_default};
use super::meta::ObjectMeta;
use super::named_field;
use crate::error::Result;

/// The Argo CD application for which access is requested: its metadata and project, the only parts that
/// EphemeralAccess reads.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct Application {
    /// `argoproj.io/v1alpha1`; empty for objects that the host sends from its cache.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub api_version: String,
    /// `Application`; may be empty like `api_version`.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub kind: String,
    /// Name, namespace, labels, annotations, ….
    #[serde(deserialize_with = "or_default")]
    pub metadata: ObjectMeta,
    /// The project.
    #[serde(deserialize_with = "or_default")]
    pub spec: ApplicationSpec,
}

impl Application {
    /// Parses the JSON of an Argo CD application and ignores fields that EphemeralAccess does not pass on.
    /// `null` becomes the default object.
    ///
    /// Errors name the field with an unexpected type, or the position of invalid JSON.
    #[track_caller]
    pub fn from_json(json: &[u8]) -> Result<Self> {
        named_field::read(json, "invalid Application")
    }
}

/// The part of an application's specification that EphemeralAccess passes on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct ApplicationSpec {
    /// The Argo CD project; empty means `default`.
    #[serde(deserialize_with = "or_default")]
    pub project: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_fields_of_an_application_are_ignored() {
        let json = br#"{
            "apiVersion": "argoproj.io/v1alpha1", "kind": "Application",
            "metadata": {"name": "shop", "annotations": {"example.io/change": "CHG-1"}},
            "spec": {"project": "shop", "source": {"repoURL": "https://example.io/shop"}}
        }"#;
        let application = Application::from_json(json).unwrap();
        assert_eq!(application.spec.project, "shop");
        assert_eq!(application.metadata.annotations["example.io/change"], "CHG-1");
        assert!(
            Application::from_json(b"[]")
                .unwrap_err()
                .to_string()
                .starts_with("invalid Application: expected an object, found a list")
        );
    }
}
