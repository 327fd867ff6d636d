//! Derives a host's age from its gRPC library.

use std::fmt;

use plugwright_model::{Kind, Since};

/// A user agent `grpc-go/1.45.0`, which every grpc-go sends (`internal/transport/http2_client.go`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct UserAgent {
    major: u16,
    minor: u16,
}

impl UserAgent {
    /// Returns `None` if the client is not grpc-go.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let version = text.split_whitespace().find_map(|product| product.strip_prefix("grpc-go/"))?;
        let mut parts = version.split(['.', '-']);
        Some(Self { major: parts.next()?.parse().ok()?, minor: parts.next()?.parse().ok()? })
    }

    /// Whether the first Velero with the kind uses a newer grpc-go.
    pub(super) fn is_too_old_for(self, since: Since) -> bool {
        (self.major, self.minor) < since.grpc
    }

    /// Whether a Velero with this grpc-go supports every kind. An old Velero rebuilt with newer libraries
    /// would be misdetected; set `PLUGWRIGHT_HOST_VERSION` then.
    pub(super) fn knows_all(self) -> bool {
        (self.major, self.minor) >= Kind::GRPC_OF_ALL
    }
}

impl fmt::Display for UserAgent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "gRPC {}.{}", self.major, self.minor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_grpc_go_has_a_version() {
        let agent = |major, minor| Some(UserAgent { major, minor });
        assert_eq!(UserAgent::parse("grpc-go/1.45.0"), agent(1, 45));
        assert_eq!(UserAgent::parse("velero grpc-go/1.63.2-dev"), agent(1, 63));
        for text in ["", "grpc-go/", "grpc-go/x.1", "tonic/0.14.9", "grpc-go/1"] {
            assert_eq!(UserAgent::parse(text), None, "{text}");
        }
    }

    #[test]
    fn older_libraries_exclude_a_kind() {
        let agent = UserAgent { major: 1, minor: 45 };
        let too_old = |agent: UserAgent, kind: Kind| agent.is_too_old_for(kind.velero().unwrap());
        assert!(too_old(agent, Kind::ItemBlockAction) && !too_old(agent, Kind::BackupItemActionV2));
        assert!(!too_old(UserAgent { major: 1, minor: 19 }, Kind::ObjectStore));
        assert!(!agent.knows_all());
    }
}
