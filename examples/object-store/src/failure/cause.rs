//! The cause of a failed request, from the codes of all stores.

use super::Failure;
use super::transport::Transport;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Cause {
    NoBucket,
    NoObject,
    /// The expected region, if the response contains it.
    WrongRegion(Option<String>),
    ClockSkew,
    ExpiredToken,
    /// The key, secret or signature is wrong.
    BadCredentials,
    Forbidden,
    /// The store requires a checksum, as buckets with Object Lock do.
    ChecksumRequired,
    /// The server is another kind of server.
    WrongEndpoint,
    UntrustedCertificate,
    Tls,
    Unreachable,
    Proxy,
    Other,
}

impl Failure {
    pub(crate) fn cause(&self) -> Cause {
        if let Some(transport) = self.transport {
            return match transport {
                Transport::UntrustedCertificate => Cause::UntrustedCertificate,
                Transport::Tls => Cause::Tls,
                Transport::UnknownHost | Transport::Refused | Transport::Timeout => Cause::Unreachable,
                Transport::Proxy => Cause::Proxy,
                Transport::Broken => Cause::Other,
            };
        }
        let message = self.message.to_ascii_lowercase();
        let says = |text: &str| message.contains(text);
        match self.code.as_str() {
            "NoSuchBucket" | "ContainerNotFound" | "ContainerBeingDeleted" => Cause::NoBucket,
            "NoSuchKey" | "BlobNotFound" => Cause::NoObject,
            "RequestTimeTooSkewed" => Cause::ClockSkew,
            "AuthenticationFailed" if says("date header too old") || says("not within the") => {
                Cause::ClockSkew
            }
            "invalid_grant" if says("reasonable timeframe") || says("iat") => Cause::ClockSkew,
            "ExpiredToken" | "ExpiredTokenException" | "TokenRefreshRequired" | "RequestExpired" => {
                Cause::ExpiredToken
            }
            "invalid_client" if says("aadsts7000222") => Cause::ExpiredToken,
            "AuthorizationFailure" if says("failed to authenticate") => Cause::BadCredentials,
            "InvalidAccessKeyId"
            | "XAdminUserNotFound"
            | "SignatureDoesNotMatch"
            | "InvalidToken"
            | "AuthenticationFailed"
            | "InvalidClientTokenId"
            | "invalid_client"
            | "invalid_grant"
            | "unauthorized_client"
            | "InvalidSecurity"
            | "InvalidAuthenticationInfo"
            | "NoAuthenticationInformation" => Cause::BadCredentials,
            "AuthorizationHeaderMalformed"
            | "PermanentRedirect"
            | "TemporaryRedirect"
            | "IncorrectRegion"
            | "IllegalLocationConstraintException" => Cause::WrongRegion(self.expected_region()),
            "InvalidRequest" | "InvalidArgument" | "MissingContentMD5" if says("md5") || says("checksum") => {
                Cause::ChecksumRequired
            }
            code if code.starts_with("AccessDenied") => Cause::Forbidden,
            "AuthorizationFailure"
            | "AuthorizationPermissionMismatch"
            | "InsufficientAccountPermissions"
            | "KeyBasedAuthenticationNotPermitted"
            | "PERMISSION_DENIED"
            | "AuthorizationFailed"
            | "Forbidden"
            | "AllAccessDisabled"
            | "AccountProblem" => Cause::Forbidden,
            _ => self.cause_by_status(),
        }
    }

    fn cause_by_status(&self) -> Cause {
        match self.status {
            Some(301 | 307) => Cause::WrongRegion(self.expected_region()),
            Some(401) if self.code.is_empty() => Cause::BadCredentials,
            Some(403) => Cause::Forbidden,
            Some(407) => Cause::Proxy,
            Some(404 | 405) if self.code.is_empty() => Cause::WrongEndpoint,
            _ => Cause::Other,
        }
    }

    /// `<Region>`, or the last quoted word of `the region 'a' is wrong; expecting 'b'`.
    fn expected_region(&self) -> Option<String> {
        if !self.region.is_empty() {
            return Some(self.region.clone());
        }
        let (_, expected) = self.message.split_once("expecting ")?;
        let region = expected.trim_matches(|letter: char| !letter.is_ascii_alphanumeric());
        Some(region.to_owned()).filter(|region| !region.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_all_stores() {
        let cause = |status, code: &str, message: &str| {
            let (code, message) = (code.to_owned(), message.to_owned());
            Failure { status: Some(status), code, message, ..Failure::default() }.cause()
        };
        let region = "the region 'us-east-1' is wrong; expecting 'eu-west-1'";
        for (status, code, message, expected) in [
            (404, "NoSuchBucket", "", Cause::NoBucket),
            (404, "ContainerNotFound", "", Cause::NoBucket),
            (400, "AuthorizationHeaderMalformed", region, Cause::WrongRegion(Some("eu-west-1".into()))),
            (301, "", "", Cause::WrongRegion(None)),
            (403, "RequestTimeTooSkewed", "", Cause::ClockSkew),
            (403, "AuthenticationFailed", "x. Request date header too old: '…'", Cause::ClockSkew),
            (403, "AuthenticationFailed", "The MAC signature is wrong", Cause::BadCredentials),
            (403, "AuthorizationFailure", "Server failed to authenticate the request", Cause::BadCredentials),
            (400, "ExpiredToken", "", Cause::ExpiredToken),
            (403, "SignatureDoesNotMatch", "", Cause::BadCredentials),
            (403, "AccessDenied", "", Cause::Forbidden),
            (403, "AccessDeniedException", "", Cause::Forbidden),
            (403, "AuthorizationPermissionMismatch", "", Cause::Forbidden),
            (400, "InvalidRequest", "Content-MD5 HTTP header is required", Cause::ChecksumRequired),
            (400, "InvalidRequest", "something", Cause::Other),
            (403, "", "", Cause::Forbidden),
            (404, "", "404 page not found", Cause::WrongEndpoint),
            (407, "", "", Cause::Proxy),
            (500, "InternalError", "", Cause::Other),
        ] {
            assert_eq!(cause(status, code, message), expected, "{status} {code} {message}");
        }
    }
}
