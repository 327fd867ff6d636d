//! [`Application`]: what EphemeralAccess hands on of Argo CD's API object, from its
//! `api/argoproj/v1alpha1/appproject.go`.

use serde::{Deserialize, Serialize};

use super::absent::{is_default, or_default};
use super::meta::ObjectMeta;
use super::named_field;
use crate::error::Result;

/// The Argo CD application that access is asked for: its metadata and its project, which is all that EphemeralAccess
/// reads of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct Application {
    /// `argoproj.io/v1alpha1`, or empty: what the host sends of objects from its cache.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub api_version: String,
    /// `Application`, or empty as `api_version`.
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
    /// Reads the JSON of an Argo CD application; what EphemeralAccess does not hand on is left out. `null` is the
    /// default one.
    ///
    /// An error names the field that has another type, or says where the JSON ends being one.
    #[track_caller]
    pub fn from_json(json: &[u8]) -> Result<Self> {
        named_field::read(json, "invalid Application")
    }
}

/// What EphemeralAccess hands on of an application's specification.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct ApplicationSpec {
    /// The Argo CD project; empty is `default`.
    #[serde(deserialize_with = "or_default")]
    pub project: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_real_application_is_read_as_far_as_the_host_knows_it() {
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
