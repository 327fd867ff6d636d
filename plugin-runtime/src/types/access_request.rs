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

/// Somebody's request for elevated access to an Argo CD application, and how far it is.
///
/// In a test, `AccessRequest::default()` is a place to start from.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct AccessRequest {
    /// `ephemeral-access.argoproj-labs.io/v1alpha1`, or empty: what the host sends of objects from its cache.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub api_version: String,
    /// `AccessRequest`, or empty as `api_version`.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub kind: String,
    /// Name, namespace, labels, annotations, ….
    #[serde(deserialize_with = "or_default")]
    pub metadata: ObjectMeta,
    /// Who asks for what.
    #[serde(deserialize_with = "or_default")]
    pub spec: AccessRequestSpec,
    /// How far it is.
    #[serde(deserialize_with = "or_default")]
    pub status: AccessRequestStatus,
}

impl AccessRequest {
    /// Reads the object's JSON; what this crate does not know is left out. `null` is the default one.
    ///
    /// An error names the field that has another type, or says where the JSON ends being one.
    #[track_caller]
    pub fn from_json(json: &[u8]) -> Result<Self> {
        named_field::read(json, "invalid AccessRequest")
    }
}

/// Who asks for what.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct AccessRequestSpec {
    /// How long the access lasts once it is granted. Go's can be negative, which is zero here: the access would be
    /// over at once.
    #[serde(with = "go_duration")]
    pub duration: Duration,
    /// The role that is asked for.
    #[serde(deserialize_with = "or_default")]
    pub role: TargetRole,
    /// The application that the role is for.
    #[serde(deserialize_with = "or_default")]
    pub application: TargetApplication,
    /// Who asks.
    #[serde(deserialize_with = "or_default")]
    pub subject: Subject,
}

/// The role that is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct TargetRole {
    /// The template that it is made from.
    #[serde(deserialize_with = "or_default")]
    pub template_ref: TargetRoleTemplate,
    /// Its place among the roles that the user may ask for.
    #[serde(deserialize_with = "or_default")]
    pub ordinal: i64,
    /// Its name for people.
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

/// Who asks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct Subject {
    /// The name that Argo CD knows the user by.
    #[serde(deserialize_with = "or_default")]
    pub username: String,
    /// The id that Argo CD knows the user by. None before EphemeralAccess 1.0.0, and without Argo CD 3.2 or later.
    #[serde(skip_serializing_if = "is_default")]
    pub user_id: Option<String>,
}

/// How far a request is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct AccessRequestStatus {
    /// The state it is in; none until the controller has looked at it.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "optional_text")]
    pub request_state: Option<RequestState>,
    /// The project that the application was in when the request was made.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub target_project: String,
    /// When the access ends; set once it is granted.
    #[serde(skip_serializing_if = "is_default")]
    pub expires_at: Option<Time>,
    /// Of the role template, as it was when it was last used.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub role_template_hash: String,
    /// The role in the project that was made for this request.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub role_name: String,
    /// All states so far, the oldest first.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "or_default")]
    pub history: Vec<AccessRequestHistory>,
}

/// One change of a request's state.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct AccessRequestHistory {
    /// When it was.
    pub transition_time: Option<Time>,
    /// The new state.
    #[serde(rename = "status", deserialize_with = "optional_text")]
    pub request_state: Option<RequestState>,
    /// What the plugin said, or what went wrong.
    #[serde(skip_serializing_if = "is_default")]
    pub details: Option<String>,
}

text_enum! {
    /// The state of a request.
    pub enum RequestState {
        /// It waits for the plugin's consent.
        Requested = "requested",
        /// The access is there.
        Granted = "granted",
        /// The access is over.
        Expired = "expired",
        /// The plugin has refused it.
        Denied = "denied",
        /// It can't be granted: the application is gone, for example, or in another project.
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
    fn what_is_not_there_is_the_default() {
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
