//! What an access requester answers.

/// The answer to a request for access.
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
    /// Yes, not yet, or no.
    pub status: GrantStatus,
    /// Goes into the request's history, where the user sees it; Argo CD shows markdown.
    pub message: String,
}

/// Whether access is granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum GrantStatus {
    /// The access is there now.
    Granted,
    /// Not yet: the controller asks again later.
    Pending,
    /// No, and this request will not get it any more.
    Denied,
}

impl GrantResponse {
    /// The access is there now. The text may be empty.
    pub fn granted(message: impl Into<String>) -> Self {
        Self { status: GrantStatus::Granted, message: message.into() }
    }

    /// Not yet; the text says for what the access waits.
    pub fn pending(message: impl Into<String>) -> Self {
        Self { status: GrantStatus::Pending, message: message.into() }
    }

    /// No; the text says why.
    pub fn denied(message: impl Into<String>) -> Self {
        Self { status: GrantStatus::Denied, message: message.into() }
    }

    /// None for a word that EphemeralAccess does not have.
    #[cfg(any(all(feature = "client", feature = "ephemeral-access"), test))]
    pub(crate) fn of(status: &str, message: String) -> Option<Self> {
        let all = [GrantStatus::Granted, GrantStatus::Pending, GrantStatus::Denied];
        let status = all.into_iter().find(|known| known.as_str() == status)?;
        Some(Self { status, message })
    }
}

impl GrantStatus {
    /// EphemeralAccess's word (`pkg/plugin/rpc.go`): `granted`, `grant-pending` or `denied`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Granted => "granted",
            Self::Pending => "grant-pending",
            Self::Denied => "denied",
        }
    }
}

/// The answer when access has expired.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RevokeResponse {
    /// Whether it is done.
    pub status: RevokeStatus,
    /// Goes into the request's history.
    pub message: String,
}

/// Whether access is revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RevokeStatus {
    /// All that was set up is gone.
    Revoked,
    /// It is on its way. The controller only logs this: it does not ask again.
    Pending,
}

impl RevokeResponse {
    /// All that was set up is gone.
    pub fn revoked(message: impl Into<String>) -> Self {
        Self { status: RevokeStatus::Revoked, message: message.into() }
    }

    /// It is on its way.
    pub fn pending(message: impl Into<String>) -> Self {
        Self { status: RevokeStatus::Pending, message: message.into() }
    }

    /// None for a word that EphemeralAccess does not have.
    #[cfg(any(all(feature = "client", feature = "ephemeral-access"), test))]
    pub(crate) fn of(status: &str, message: String) -> Option<Self> {
        let all = [RevokeStatus::Revoked, RevokeStatus::Pending];
        let status = all.into_iter().find(|known| known.as_str() == status)?;
        Some(Self { status, message })
    }
}

impl RevokeStatus {
    /// EphemeralAccess's word (`pkg/plugin/rpc.go`): `revoked` or `revoke-pending`.
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
