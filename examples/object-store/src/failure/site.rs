//! The message for a failure of a bucket.

use super::{Cause, Failure};
use crate::provider::Action;

/// A bucket, with the terms of its provider.
#[derive(Debug, Clone)]
pub(crate) struct Site {
    /// The provider's term for a bucket.
    pub(crate) noun: &'static str,
    pub(crate) bucket: String,
    /// Scheme, host and port.
    pub(crate) endpoint: String,
    /// The configuration key for another endpoint.
    pub(crate) endpoint_key: &'static str,
    /// The region for signing requests, if the provider has regions.
    pub(crate) region: Option<String>,
    /// The source of the credentials.
    pub(crate) credentials: String,
    /// The permission that an action needs.
    pub(crate) permission: fn(Action) -> &'static str,
}

impl Site {
    /// Returns the failure and its fix.
    pub(crate) fn explain(&self, failure: &Failure, action: Action) -> String {
        let Self { noun, bucket, endpoint, endpoint_key, credentials, .. } = self;
        let permission = (self.permission)(action);
        let advice = match failure.cause() {
            Cause::NoBucket => format!(
                "{noun} {bucket} does not exist at {endpoint}; create it, or correct `bucket` in the \
                 BackupStorageLocation"
            ),
            Cause::NoObject => format!("the object is not in {noun} {bucket}"),
            Cause::WrongRegion(Some(region)) => format!(
                "{noun} {bucket} is in region {region}, and the request is for {}; set `region: {region}`",
                self.region.as_deref().unwrap_or("another")
            ),
            Cause::WrongRegion(None) => format!(
                "{noun} {bucket} is in another region than {}; set `region` to the bucket's",
                self.region.as_deref().unwrap_or("the request's")
            ),
            Cause::ClockSkew => {
                "the clocks of this node and of the store differ by too much; correct the node's clock"
                    .to_owned()
            }
            Cause::ExpiredToken => {
                format!("the credentials from {credentials} have expired; renew them")
            }
            Cause::BadCredentials => {
                format!("{endpoint} does not accept the credentials from {credentials}; correct them")
            }
            Cause::Forbidden => {
                format!(
                    "the credentials from {credentials} lack the permission {permission} on {noun} {bucket}"
                )
            }
            Cause::ChecksumRequired => {
                format!("{noun} {bucket} requires a checksum; set `checksumAlgorithm: SHA256`")
            }
            Cause::WrongEndpoint if matches!(action, Action::Get | Action::Delete) => {
                format!("the object is not in {noun} {bucket}, or {endpoint} is not such a store")
            }
            Cause::WrongEndpoint => {
                format!("{endpoint} does not answer as such a store; correct `{endpoint_key}`")
            }
            Cause::UntrustedCertificate => format!(
                "the certificate of {endpoint} is of an unknown authority; set `caCert` in the BackupStorageLocation \
                 to the authority's certificate"
            ),
            Cause::Tls => format!(
                "TLS with {endpoint} failed; expected a server that speaks TLS with a valid certificate"
            ),
            Cause::Unreachable => format!(
                "{endpoint} cannot be reached; correct `{endpoint_key}`, or the network, or HTTPS_PROXY and NO_PROXY"
            ),
            Cause::Proxy => {
                "the proxy refused the request; correct HTTPS_PROXY, or add the store's host to NO_PROXY"
                    .to_owned()
            }
            Cause::Other => return failure.to_string(),
        };
        format!("{advice} ({failure})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn explain(status: u16, code: &str, message: &str) -> String {
        let site = Site {
            noun: "bucket",
            bucket: "velero".into(),
            endpoint: "https://s3.example.com".into(),
            endpoint_key: "s3Url",
            region: Some("eu-1".into()),
            credentials: "profile default of /credentials/cloud".into(),
            permission: |_| "s3:PutObject",
        };
        let (code, message) = (code.to_owned(), message.to_owned());
        let failure = Failure { status: Some(status), code, message, ..Failure::default() };
        site.explain(&failure, Action::Put)
    }

    #[test]
    fn messages_name_the_place_and_the_fix() {
        for (message, expected) in [
            (
                explain(404, "NoSuchBucket", "gone"),
                "bucket velero does not exist at https://s3.example.com; create it, or correct `bucket` in the \
                 BackupStorageLocation (NoSuchBucket: gone)",
            ),
            (
                explain(400, "AuthorizationHeaderMalformed", "the region 'eu-1' is wrong; expecting 'eu-2'"),
                "bucket velero is in region eu-2, and the request is for eu-1; set `region: eu-2` \
                 (AuthorizationHeaderMalformed: the region 'eu-1' is wrong; expecting 'eu-2')",
            ),
            (
                explain(403, "AccessDenied", "Access Denied"),
                "the credentials from profile default of /credentials/cloud lack the permission s3:PutObject on bucket \
                 velero (AccessDenied: Access Denied)",
            ),
            (explain(500, "InternalError", "try again"), "InternalError: try again"),
        ] {
            assert_eq!(message, expected);
        }
    }
}
