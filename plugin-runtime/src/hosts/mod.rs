//! The hosts that may start a plugin, one folder per host: cookie and version, services, and the conversion
//! between the host's messages and plugin types.

pub(crate) mod ark;
pub(crate) mod ephemeral_access;
pub(crate) mod services;
pub(crate) mod velero;
mod version;

use go_plugin::hclog::Level;
use go_plugin::{Environment, Handshake, Server};

use crate::Result;
use crate::declare::registry::Registry;
use crate::log::{self, Format};
#[cfg(feature = "client")]
pub(crate) use version::VARIABLE as VERSION_VARIABLE;

/// The host that started this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Host {
    /// Velero 1.0 and later.
    Velero,
    /// Heptio Ark, and Velero 0.11, which uses Ark's protocol.
    Ark,
    /// The controller of Argo CD EphemeralAccess.
    EphemeralAccess,
}

impl Host {
    pub(crate) const ALL: [Self; 3] = [Self::Velero, Self::Ark, Self::EphemeralAccess];

    /// The host whose cookie is in the environment.
    pub(crate) fn of(environment: &Environment) -> Option<Self> {
        Self::ALL.into_iter().find(|host| host.handshake().is_in(environment))
    }

    pub(crate) const fn handshake(self) -> Handshake {
        match self {
            Self::Velero => velero::HANDSHAKE,
            Self::Ark => ark::HANDSHAKE,
            Self::EphemeralAccess => ephemeral_access::HANDSHAKE,
        }
    }

    /// Returns the plugin's log configuration for this host, and invalid settings.
    pub(crate) fn logging(self, environment: &Environment) -> (Level, Format, Vec<String>) {
        match self {
            Self::Velero | Self::Ark => log_level(environment),
            Self::EphemeralAccess => ephemeral_access::logging(environment),
        }
    }

    /// The services the host may call.
    pub(crate) fn server(self, registry: Registry, environment: &Environment) -> Result<Server> {
        match self {
            Self::Velero => velero::server(registry, environment),
            Self::Ark => ark::server(registry, environment),
            Self::EphemeralAccess => ephemeral_access::server(&registry, environment),
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

/// `--log-level`, which Velero and Ark pass to their plugins.
fn log_level(environment: &Environment) -> (Level, Format, Vec<String>) {
    let Some(text) = environment.flag("log-level") else {
        return (Level::default(), Format::Velero, Vec::new());
    };
    let level = log::level(text);
    let problem = level.is_none().then(|| format!("unknown --log-level {text}; using info"));
    (level.unwrap_or_default(), Format::Velero, problem.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookie_identifies_the_host() {
        let host =
            |variables: &[(&'static str, &'static str)]| Host::of(&Environment::of(variables.to_vec()));
        assert_eq!(host(&[("VELERO_PLUGIN", "hello")]), Some(Host::Velero));
        assert_eq!(host(&[("ARK_PLUGIN", "hello")]), Some(Host::Ark));
        assert_eq!(host(&[("EPHEMERAL_ACCESS_PLUGIN", "ephemeralaccess")]), Some(Host::EphemeralAccess));
        assert_eq!(host(&[("ARK_PLUGIN", "Hello"), ("VELERO_PLUGIN", "")]), None);
        assert_eq!(Host::ALL.map(Host::name), ["Velero", "Heptio Ark", "EphemeralAccess"]);
    }

    #[test]
    fn log_level_is_the_flag_of_velero_and_ark() {
        for host in [Host::Velero, Host::Ark] {
            for (args, level, problem) in [
                (&[][..], Level::Info, None),
                (&["--log-level", "debug"], Level::Debug, None),
                (&["--log-level=loud"], Level::Info, Some("unknown --log-level loud; using info")),
            ] {
                let mut environment = Environment::default();
                environment.args = args.iter().map(ToString::to_string).collect();
                let (found, _, problems) = host.logging(&environment);
                assert_eq!((found, problems), (level, problem.map(ToOwned::to_owned).into_iter().collect()));
            }
        }
    }
}
