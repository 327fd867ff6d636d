//! What the gRPC library of a host says of its age.

use std::fmt;

use plugwright_model::Kind;

/// `grpc-go/1.45.0`, which every grpc-go sends (`internal/transport/http2_client.go`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct UserAgent {
    major: u16,
    minor: u16,
}

impl UserAgent {
    /// None where it is not grpc-go that asks.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let version = text.split_whitespace().find_map(|product| product.strip_prefix("grpc-go/"))?;
        let mut parts = version.split(['.', '-']);
        Some(Self { major: parts.next()?.parse().ok()?, minor: parts.next()?.parse().ok()? })
    }

    /// Whether the first Velero that knows the kind has a newer grpc-go in its go.mod. A Velero can be built with a
    /// newer one than that, but not with an older one.
    pub(super) fn is_too_old_for(self, kind: Kind) -> bool {
        let (major, minor) = match kind {
            Kind::DeleteItemAction => (1, 31),
            Kind::BackupItemActionV2 | Kind::RestoreItemActionV2 => (1, 45),
            Kind::ItemBlockAction => (1, 63),
            _ => return false,
        };
        self < Self { major, minor }
    }

    /// Velero 1.16 came with this one, a release after the newest kind. An old Velero that somebody rebuilds with
    /// the libraries of a new one would be mistaken for one; `PLUGWRIGHT_HOST_VERSION` is for that.
    pub(super) fn knows_all(self) -> bool {
        self >= Self { major: 1, minor: 69 }
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
    fn a_kind_is_too_new_for_libraries_from_before_it() {
        let agent = UserAgent { major: 1, minor: 45 };
        assert!(
            agent.is_too_old_for(Kind::ItemBlockAction) && !agent.is_too_old_for(Kind::BackupItemActionV2)
        );
        assert!(!UserAgent { major: 1, minor: 19 }.is_too_old_for(Kind::ObjectStore));
        assert!(!agent.knows_all());
    }
}
