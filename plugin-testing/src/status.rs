//! Errors in the API server's format.

use serde_json::{Value, json};

use crate::objects::Resource;

/// A `Status` of kind `Failure`.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) code: u16,
    reason: &'static str,
    message: String,
    details: Value,
}

impl Failure {
    fn new(code: u16, message: String) -> Self {
        Self { code, reason: reason(code), message, details: Value::Null }
    }

    fn about(mut self, resource: &Resource, name: &str) -> Self {
        self.details = json!({"name": name, "group": resource.group, "kind": resource.plural});
        self
    }

    pub(super) fn bad_request(message: String) -> Self {
        Self::new(400, message)
    }

    pub(super) fn no_path() -> Self {
        Self::new(404, "the server could not find the requested resource".to_owned())
    }

    pub(super) fn not_found(resource: &Resource, name: &str) -> Self {
        Self::new(404, format!("{resource} \"{name}\" not found")).about(resource, name)
    }

    pub(super) fn already_exists(resource: &Resource, name: &str) -> Self {
        let failure = Self::new(409, format!("{resource} \"{name}\" already exists"));
        Self { reason: "AlreadyExists", ..failure }.about(resource, name)
    }

    pub(super) fn conflict(resource: &Resource, name: &str, why: &str) -> Self {
        let message = format!("Operation cannot be fulfilled on {resource} \"{name}\": {why}");
        Self::new(409, message).about(resource, name)
    }

    pub(super) fn media_type(found: &str) -> Self {
        Self::new(415, format!("the body of the request was in an unknown format: `{found}`"))
    }

    pub(super) fn method(method: &str) -> Self {
        Self::new(405, format!("the server does not allow {method} here"))
    }

    /// Creates a failure injected by a test.
    pub(super) fn injected(code: u16, resource: &Resource, name: &str) -> Self {
        match code {
            404 => Self::not_found(resource, name),
            409 => Self::conflict(resource, name, "injected by the test"),
            code => {
                Self::new(code, format!("{resource} \"{name}\": injected by the test")).about(resource, name)
            }
        }
    }

    pub(super) fn to_json(&self) -> Value {
        json!({
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": self.message,
            "reason": self.reason,
            "details": self.details,
            "code": self.code,
        })
    }
}

/// Kubernetes' reason for a code (apimachinery's `pkg/apis/meta/v1/types.go`).
const fn reason(code: u16) -> &'static str {
    match code {
        400 => "BadRequest",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "NotFound",
        405 => "MethodNotAllowed",
        409 => "Conflict",
        410 => "Gone",
        415 => "UnsupportedMediaType",
        422 => "Invalid",
        429 => "TooManyRequests",
        500 => "InternalError",
        503 => "ServiceUnavailable",
        504 => "Timeout",
        _ => "",
    }
}
