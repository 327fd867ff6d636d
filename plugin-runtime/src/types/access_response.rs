//! What an access requester answers.

/// The answer to a request for access. Its text goes into the request's history, where the user sees it; Argo CD
/// shows markdown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GrantResponse {
    /// The access is there now. The text may be empty.
    Granted(String),
    /// Not yet: the controller asks again later, and the text says what is being waited for.
    Pending(String),
    /// No, and this request will not get it any more. The text says why.
    Denied(String),
}

impl GrantResponse {
    /// [`Granted`](Self::Granted).
    pub fn granted(message: impl Into<String>) -> Self {
        Self::Granted(message.into())
    }

    /// [`Pending`](Self::Pending).
    pub fn pending(message: impl Into<String>) -> Self {
        Self::Pending(message.into())
    }

    /// [`Denied`](Self::Denied).
    pub fn denied(message: impl Into<String>) -> Self {
        Self::Denied(message.into())
    }

    /// The text.
    pub fn message(&self) -> &str {
        let (Self::Granted(message) | Self::Pending(message) | Self::Denied(message)) = self;
        message
    }

    /// EphemeralAccess's word (`pkg/plugin/rpc.go`): `granted`, `grant-pending` or `denied`.
    pub fn status(&self) -> &'static str {
        match self {
            Self::Granted(_) => "granted",
            Self::Pending(_) => "grant-pending",
            Self::Denied(_) => "denied",
        }
    }

    /// None for a word that EphemeralAccess does not have.
    #[cfg(any(all(feature = "client", feature = "ephemeral-access"), test))]
    pub(crate) fn of(status: &str, message: String) -> Option<Self> {
        match status {
            "granted" => Some(Self::Granted(message)),
            "grant-pending" => Some(Self::Pending(message)),
            "denied" => Some(Self::Denied(message)),
            _ => None,
        }
    }
}

/// The answer when access has expired. Its text goes into the request's history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RevokeResponse {
    /// All that was set up is gone.
    Revoked(String),
    /// It is on its way. The controller only logs this: it does not ask again.
    Pending(String),
}

impl RevokeResponse {
    /// [`Revoked`](Self::Revoked).
    pub fn revoked(message: impl Into<String>) -> Self {
        Self::Revoked(message.into())
    }

    /// [`Pending`](Self::Pending).
    pub fn pending(message: impl Into<String>) -> Self {
        Self::Pending(message.into())
    }

    /// The text.
    pub fn message(&self) -> &str {
        let (Self::Revoked(message) | Self::Pending(message)) = self;
        message
    }

    /// EphemeralAccess's word (`pkg/plugin/rpc.go`): `revoked` or `revoke-pending`.
    pub fn status(&self) -> &'static str {
        match self {
            Self::Revoked(_) => "revoked",
            Self::Pending(_) => "revoke-pending",
        }
    }

    /// None for a word that EphemeralAccess does not have.
    #[cfg(any(all(feature = "client", feature = "ephemeral-access"), test))]
    pub(crate) fn of(status: &str, message: String) -> Option<Self> {
        match status {
            "revoked" => Some(Self::Revoked(message)),
            "revoke-pending" => Some(Self::Pending(message)),
            _ => None,
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
            let found = GrantResponse::of(response.status(), response.message().to_owned());
            assert_eq!(found, Some(response));
        }
        for response in [RevokeResponse::revoked("a"), RevokeResponse::pending("b")] {
            let found = RevokeResponse::of(response.status(), response.message().to_owned());
            assert_eq!(found, Some(response));
        }
        assert_eq!(GrantResponse::of("Granted", String::new()), None);
        assert_eq!(RevokeResponse::of("granted", String::new()), None);
    }
}
