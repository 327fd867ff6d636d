//! The responses of an access requester.

/// The response to an access request.
///
/// ```
/// use plugwright::GrantResponse;
/// use plugwright::types::GrantStatus;
///
/// let response = GrantResponse::pending("waiting for the ticket");
/// assert_eq!((response.status, response.message.as_str()), (GrantStatus::Pending, "waiting for the ticket"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct GrantResponse {
    /// Whether access is granted.
    pub status: GrantStatus,
    /// Added to the request's history, which the user sees; Argo CD renders markdown.
    pub message: String,
}

/// Whether access is granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum GrantStatus {
    /// The access is granted.
    Granted,
    /// Not decided yet: the controller asks again later.
    Pending,
    /// The access is denied; this request will not be granted later.
    Denied,
}

impl GrantResponse {
    /// The access is granted.
    pub fn granted(message: impl Into<String>) -> Self {
        Self { status: GrantStatus::Granted, message: message.into() }
    }

    /// The request is pending; the message says what it is waiting for.
    pub fn pending(message: impl Into<String>) -> Self {
        Self { status: GrantStatus::Pending, message: message.into() }
    }

    /// The access is denied; the message says why.
    pub fn denied(message: impl Into<String>) -> Self {
        Self { status: GrantStatus::Denied, message: message.into() }
    }

    /// `None` for a status that EphemeralAccess does not define.
    #[cfg(any(all(feature = "client", feature = "ephemeral-access"), test))]
    pub(crate) fn of(status: &str, message: String) -> Option<Self> {
        let all = [GrantStatus::Granted, GrantStatus::Pending, GrantStatus::Denied];
        let status = all.into_iter().find(|known| known.as_str() == status)?;
        Some(Self { status, message })
    }
}

impl GrantStatus {
    /// EphemeralAccess's text (`pkg/plugin/rpc.go`): `granted`, `grant-pending` or `denied`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Granted => "granted",
            Self::Pending => "grant-pending",
            Self::Denied => "denied",
        }
    }
}

/// The response when access has expired.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RevokeResponse {
    /// Whether the cleanup is complete.
    pub status: RevokeStatus,
    /// Added to the request's history.
    pub message: String,
}

/// Whether access is revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RevokeStatus {
    /// The cleanup is complete.
    Revoked,
    /// The cleanup is still running. The controller only logs this and does not ask again.
    Pending,
}

impl RevokeResponse {
    /// The cleanup is complete.
    pub fn revoked(message: impl Into<String>) -> Self {
        Self { status: RevokeStatus::Revoked, message: message.into() }
    }

    /// The cleanup is still running.
    pub fn pending(message: impl Into<String>) -> Self {
        Self { status: RevokeStatus::Pending, message: message.into() }
    }

    /// `None` for a status that EphemeralAccess does not define.
    #[cfg(any(all(feature = "client", feature = "ephemeral-access"), test))]
    pub(crate) fn of(status: &str, message: String) -> Option<Self> {
        let all = [RevokeStatus::Revoked, RevokeStatus::Pending];
        let status = all.into_iter().find(|known| known.as_str() == status)?;
        Some(Self { status, message })
    }
}

impl RevokeStatus {
    /// EphemeralAccess's text (`pkg/plugin/rpc.go`): `revoked` or `revoke-pending`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Revoked => "revoked",
            Self::Pending => "revoke-pending",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_response_is_found_by_its_status() {
        for response in [GrantResponse::granted("a"), GrantResponse::pending("b"), GrantResponse::denied("c")]
        {
            let found = GrantResponse::of(response.status.as_str(), response.message.clone());
            assert_eq!(found, Some(response));
        }
        for response in [RevokeResponse::revoked("a"), RevokeResponse::pending("b")] {
            let found = RevokeResponse::of(response.status.as_str(), response.message.clone());
            assert_eq!(found, Some(response));
        }
        assert_eq!(GrantResponse::of("Granted", String::new()), None);
        assert_eq!(RevokeResponse::of("granted", String::new()), None);
    }
}
