//! Who may start a plugin, one folder a host: its cookie and its version, its services, and what stands between
//! its messages and the plugins' types.

pub(crate) mod ark;
pub(crate) mod ephemeral_access;
pub(crate) mod velero;
mod version;

use crate::go_plugin::environment::Environment;
#[cfg(feature = "client")]
pub(crate) use version::VARIABLE as VERSION_VARIABLE;

/// The host that has started this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Host {
    /// Velero, from 1.0 on.
    Velero,
    /// Heptio Ark, and Velero 0.11, which still spoke as Ark did.
    Ark,
    /// The controller of Argo CD EphemeralAccess.
    EphemeralAccess,
}

impl Host {
    pub(crate) const ALL: [Self; 3] = [Self::Velero, Self::Ark, Self::EphemeralAccess];

    /// The one whose cookie is in the environment: a variable, and the value that says that the process was
    /// started as a plugin.
    pub(crate) fn of(environment: &Environment) -> Option<Self> {
        let started = |host: &Self| {
            let (cookie, value) = host.cookie();
            environment.get(cookie) == Some(value)
        };
        Self::ALL.into_iter().find(started)
    }

    pub(crate) const fn cookie(self) -> (&'static str, &'static str) {
        match self {
            Self::Velero => velero::COOKIE,
            Self::Ark => ark::COOKIE,
            Self::EphemeralAccess => ephemeral_access::COOKIE,
        }
    }

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Velero => "Velero",
            Self::Ark => "Heptio Ark",
            Self::EphemeralAccess => "EphemeralAccess",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cookie_tells_the_host() {
        let host =
            |variables: &[(&'static str, &'static str)]| Host::of(&Environment::of(variables.to_vec()));
        assert_eq!(host(&[("VELERO_PLUGIN", "hello")]), Some(Host::Velero));
        assert_eq!(host(&[("ARK_PLUGIN", "hello")]), Some(Host::Ark));
        assert_eq!(host(&[("EPHEMERAL_ACCESS_PLUGIN", "ephemeralaccess")]), Some(Host::EphemeralAccess));
        assert_eq!(host(&[("ARK_PLUGIN", "Hello"), ("VELERO_PLUGIN", "")]), None);
    }
}
