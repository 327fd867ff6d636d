//! The host that a client represents.

use go_plugin::{Handshake, ProtocolType};

use crate::hosts;

/// The Velero version that this client implements. A plugin cannot detect it.
pub(super) const NEWEST_VELERO: (&str, &str) = (hosts::VERSION_VARIABLE, "1.18");

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Host {
    Velero,
    #[cfg(feature = "ephemeral-access")]
    EphemeralAccess,
}

impl Host {
    pub(super) const fn handshake(self) -> Handshake {
        match self {
            Self::Velero => hosts::velero::HANDSHAKE,
            #[cfg(feature = "ephemeral-access")]
            Self::EphemeralAccess => hosts::ephemeral_access::HANDSHAKE,
        }
    }

    /// The version of the application protocol.
    pub(super) const fn version(self) -> u32 {
        match self {
            Self::Velero => hosts::velero::VERSION,
            #[cfg(feature = "ephemeral-access")]
            Self::EphemeralAccess => hosts::ephemeral_access::VERSION,
        }
    }

    pub(super) const fn protocol(self) -> ProtocolType {
        match self {
            Self::Velero => ProtocolType::Grpc,
            #[cfg(feature = "ephemeral-access")]
            Self::EphemeralAccess => ProtocolType::NetRpc,
        }
    }

    /// The cookies of the other hosts, which this process's environment may contain.
    pub(super) fn other_cookies(self) -> impl Iterator<Item = &'static str> {
        let own = self.handshake().cookie_key();
        hosts::Host::ALL.into_iter().map(|host| host.handshake().cookie_key()).filter(move |key| *key != own)
    }

    /// Explains a handshake line with another version.
    pub(super) const fn hint(self, version: u32) -> &'static str {
        match (self, version) {
            (Self::Velero, 1) => "the plugin is for Heptio Ark or another host, not for Velero",
            (Self::Velero, _) => "the plugin is for another host, not for Velero",
            #[cfg(feature = "ephemeral-access")]
            (Self::EphemeralAccess, 2) => "the plugin is for Velero or another host, not for EphemeralAccess",
            #[cfg(feature = "ephemeral-access")]
            (Self::EphemeralAccess, _) => "the plugin is for another host, not for EphemeralAccess",
        }
    }
}
