//! [`AccessRequest`]: EphemeralAccess's API object, all fields of `ephemeral-access.argoproj-labs.io/v1alpha1` as of
//! EphemeralAccess 1.2.0, from its `api/ephemeral-access/v1alpha1/accessrequest_types.go`.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::absent::{is_default, optional_text, or_default};
use super::meta::ObjectMeta;
use super::text_enum::text_enum;
use super::time::Time;
use super::{go_duration, named_field};
use crate::error::Result;

/// A user's request for elevated access to an Argo CD application, with its state.
///
/// In tests, start from `AccessRequest::default()`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct AccessRequest {
    /// `ephemeral-access.argoproj-labs.io/v1alpha1`; empty for objects that the host sends from its cache.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub api_version: String,
    /// `AccessRequest`; may be empty like `api_version`.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub kind: String,
    /// Name, namespace, labels, annotations, ….
    #[serde(deserialize_with = "or_default")]
    pub metadata: ObjectMeta,
    /// The requested access.
    #[serde(deserialize_with = "or_default")]
    pub spec: AccessRequestSpec,
    /// The state of the request.
    #[serde(deserialize_with = "or_default")]
    pub status: AccessRequestStatus,
}

impl AccessRequest {
    /// Parses the object's JSON and ignores unknown fields. `null` becomes the default object.
    ///
    /// Errors name the field with an unexpected type, or the position of invalid JSON.
    #[track_caller]
    pub fn from_json(json: &[u8]) -> Result<Self> {
        named_field::read(json, "invalid AccessRequest")
    }
}

/// The requested access.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct AccessRequestSpec {
    /// How long the access lasts after it is granted. Go allows negative durations, which become zero here:
    /// the access would expire at once.
    #[serde(with = "go_duration")]
    pub duration: Duration,
    /// The requested role.
    #[serde(deserialize_with = "or_default")]
    pub role: TargetRole,
    /// The application the role applies to.
    #[serde(deserialize_with = "or_default")]
    pub application: TargetApplication,
    /// The requesting user.
    #[serde(deserialize_with = "or_default")]
    pub subject: Subject,
}

/// The requested role.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct TargetRole {
    /// The role's template.
    #[serde(deserialize_with = "or_default")]
    pub template_ref: TargetRoleTemplate,
    /// The position of the role among those the user may request.
    #[serde(deserialize_with = "or_default")]
    pub ordinal: i64,
    /// The display name.
    #[serde(skip_serializing_if = "is_default")]
    pub friendly_name: Option<String>,
}

/// A `RoleTemplate`, by name and namespace.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct TargetRoleTemplate {
    /// The name.
    #[serde(deserialize_with = "or_default")]
    pub name: String,
    /// The namespace.
    #[serde(deserialize_with = "or_default")]
    pub namespace: String,
}

/// An Argo CD `Application`, by name and namespace.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct TargetApplication {
    /// The name.
    #[serde(deserialize_with = "or_default")]
    pub name: String,
    /// The namespace.
    #[serde(deserialize_with = "or_default")]
    pub namespace: String,
}

/// The requesting user.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct Subject {
    /// The user's name in Argo CD.
    #[serde(deserialize_with = "or_default")]
    pub username: String,
    /// The user's id in Argo CD. `None` before EphemeralAccess 1.0.0 or Argo CD 3.2.
    #[serde(skip_serializing_if = "is_default")]
    pub user_id: Option<String>,
}

/// The state of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct AccessRequestStatus {
    /// The current state; `None` until the controller has processed the request.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "optional_text")]
    pub request_state: Option<RequestState>,
    /// The application's project when the request was created.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub target_project: String,
    /// When the access expires; set once it is granted.
    #[serde(skip_serializing_if = "is_default")]
    pub expires_at: Option<Time>,
    /// The hash of the role template when it was last used.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub role_template_hash: String,
    /// The role created in the project for this request.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub role_name: String,
    /// All states so far, oldest first.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub history: Vec<AccessRequestHistory>,
}

/// One change of a request's state.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct AccessRequestHistory {
    /// When the state changed.
    pub transition_time: Option<Time>,
    /// The new state.
    #[serde(rename = "status", deserialize_with = "optional_text")]
    pub request_state: Option<RequestState>,
    /// The plugin's message, or the error.
    #[serde(skip_serializing_if = "is_default")]
    pub details: Option<String>,
}

text_enum! {
    /// The state of a request.
    pub enum RequestState {
        /// Waiting for the plugin to grant it.
        Requested = "requested",
        /// The access is active.
        Granted = "granted",
        /// The access has expired.
        Expired = "expired",
        /// The plugin denied it.
        Denied = "denied",
        /// It cannot be granted, for example because the application is gone or in another project.
        Invalid = "invalid",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn full() -> Value {
        json!({
            "apiVersion": "ephemeral-access.argoproj-labs.io/v1alpha1",
            "kind": "AccessRequest",
            "metadata": {"name": "alice-dev", "namespace": "argocd", "labels": {"team": "shop"}},
            "spec": {
                "duration": "4h0m0s",
                "role": {
                    "templateRef": {"name": "devops", "namespace": "argocd"},
                    "ordinal": -2,
                    "friendlyName": "DevOps",
                },
                "application": {"name": "shop", "namespace": "apps"},
                "subject": {"username": "alice", "userId": "a-1"},
            },
            "status": {
                "requestState": "granted",
                "targetProject": "shop",
                "expiresAt": "2026-05-01T12:00:00Z",
                "roleTemplateHash": "abc",
                "roleName": "ephemeral-devops",
                "history": [
                    {"transitionTime": "2026-05-01T08:00:00Z", "status": "requested", "details": "CHG-1"},
                    {"transitionTime": "2026-05-01T09:00:00Z", "status": "later"},
                ],
            },
        })
    }

    #[test]
    fn no_field_is_missing_or_misnamed() {
        let request = AccessRequest::from_json(full().to_string().as_bytes()).unwrap();
        assert_eq!(serde_json::to_value(&request).unwrap(), full());
        assert_eq!(request.spec.duration, Duration::from_secs(4 * 3_600));
        assert_eq!(request.status.history[1].request_state, Some(RequestState::Other("later".into())));
    }

    #[test]
    fn missing_fields_have_defaults() {
        let empty =
            AccessRequest::from_json(br#"{"spec": {"duration": "-5s"}, "status": {"requestState": ""}}"#);
        assert_eq!(empty.unwrap(), AccessRequest::default());
        assert_eq!(AccessRequest::from_json(b"null").unwrap(), AccessRequest::default());
    }

    #[test]
    fn an_error_names_the_field() {
        let error =
            AccessRequest::from_json(br#"{"spec": {"role": {"ordinal": "first"}}}"#).unwrap_err().to_string();
        assert!(error.starts_with("invalid AccessRequest: spec.role.ordinal: "), "{error}");
    }
}
