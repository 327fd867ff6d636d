//! What the host says to a plugin at its start, and the line that the plugin answers with.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

use crate::hosts;

/// go-plugin's own protocol (`server.go`, `CoreProtocolVersion`).
const CORE_PROTOCOL_VERSION: &str = "1";

/// In whose place this stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Host {
    Velero,
    EphemeralAccess,
}

impl Host {
    /// As the plugin sees it.
    const fn seen(self) -> hosts::Host {
        match self {
            Self::Velero => hosts::Host::Velero,
            Self::EphemeralAccess => hosts::Host::EphemeralAccess,
        }
    }

    pub(super) const fn name(self) -> &'static str {
        self.seen().name()
    }

    /// The version of its own protocol.
    const fn version(self) -> &'static str {
        match self {
            Self::Velero => "2",
            Self::EphemeralAccess => "1",
        }
    }

    const fn protocol(self) -> &'static str {
        match self {
            Self::Velero => "grpc",
            Self::EphemeralAccess => "netrpc",
        }
    }

    /// What it sets for each plugin: its cookie and version, and go-plugin's default port range
    /// (`client.go`, `Start` and `NewClient`). And which Velero this client is: a plugin could not find it out.
    pub(super) fn environment(self) -> impl Iterator<Item = (&'static str, &'static str)> {
        let version = (self == Self::Velero).then_some(NEWEST_VELERO);
        let variables = [
            self.seen().cookie(),
            ("PLUGIN_PROTOCOL_VERSIONS", self.version()),
            ("PLUGIN_MIN_PORT", "10000"),
            ("PLUGIN_MAX_PORT", "25000"),
        ];
        variables.into_iter().chain(version)
    }

    /// What it does not set, and a process around this one may have.
    pub(super) fn not_in_environment(self) -> impl Iterator<Item = &'static str> {
        let others = hosts::Host::ALL.into_iter().filter(move |other| *other != self.seen());
        NOT_IN_ENVIRONMENT.into_iter().chain(others.map(|other| other.cookie().0))
    }
}

/// The Velero whose calls this client has.
pub(super) const NEWEST_VELERO: (&str, &str) = (hosts::VERSION_VARIABLE, "1.18");

/// Variables of go-plugin that none of the hosts sets.
const NOT_IN_ENVIRONMENT: [&str; 4] =
    ["PLUGIN_CLIENT_CERT", "PLUGIN_MULTIPLEX_GRPC", "PLUGIN_UNIX_SOCKET_DIR", "PLUGIN_UNIX_SOCKET_GROUP"];

/// Where the plugin listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Address {
    Unix(PathBuf),
    Tcp(SocketAddr),
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix(path) => write!(f, "unix socket {}", path.display()),
            Self::Tcp(address) => write!(f, "tcp {address}"),
        }
    }
}

/// Reads `1|2|unix|/tmp/plugin123|grpc|…` as go-plugin's `client.go`, `Start`, does; the error says
/// what is wrong with it.
pub(super) fn parse(line: &str, host: Host) -> Result<Address, String> {
    let name = host.name();
    let parts: Vec<&str> = line.trim().split('|').collect();
    let [core, app, network, address, rest @ ..] = parts.as_slice() else {
        return Err("a handshake line has the form `1|2|unix|/path/of/socket|grpc`".into());
    };
    if *core != CORE_PROTOCOL_VERSION {
        return Err(format!(
            "go-plugin's own protocol must have version {CORE_PROTOCOL_VERSION}, the plugin says `{core}`"
        ));
    }
    if *app != host.version() {
        return Err(format!(
            "{name} speaks version {} of its plugin protocol, the plugin says `{app}`{}",
            host.version(),
            match (host, *app) {
                (Host::Velero, "1") => ": a plugin for Heptio Ark, or for another host",
                (Host::EphemeralAccess, "2") => ": a plugin for Velero, or for another host",
                _ => "",
            }
        ));
    }
    // An absent field means net/rpc, the only protocol of the first go-plugins.
    let protocol = rest.first().copied().unwrap_or("netrpc");
    if protocol != host.protocol() {
        let only = host.protocol();
        return Err(format!("{name} takes the protocol `{only}` only, the plugin says `{protocol}`"));
    }
    // Shorter ones are something else that old go-plugins said there.
    if rest.get(1).is_some_and(|certificate| certificate.len() > 50) {
        return Err(format!("the plugin wants TLS, for which {name} did not ask"));
    }
    match *network {
        "unix" => Ok(Address::Unix(address.into())),
        "tcp" => match address.parse() {
            Ok(address) => Ok(Address::Tcp(address)),
            Err(_) => Err(format!("`{address}` is no address of the form `127.0.0.1:10000`")),
        },
        other => Err(format!("the network must be `unix` or `tcp`, the plugin says `{other}`")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_every_go_plugin_are_understood() {
        let socket = Address::Unix("/tmp/plugin123".into());
        for line in [
            "1|2|unix|/tmp/plugin123|grpc",
            " 1|2|unix|/tmp/plugin123|grpc|\n",
            "1|2|unix|/tmp/plugin123|grpc||false",
        ] {
            assert_eq!(parse(line, Host::Velero).as_ref(), Ok(&socket), "{line}");
        }
        assert_eq!(
            parse("1|2|tcp|127.0.0.1:10000|grpc|", Host::Velero),
            Ok(Address::Tcp(([127, 0, 0, 1], 10000).into()))
        );
    }

    #[test]
    fn each_host_takes_its_own_version_and_protocol() {
        let host = Host::EphemeralAccess;
        for line in ["1|1|unix|/tmp/p|netrpc|", "1|1|unix|/tmp/p"] {
            assert_eq!(parse(line, host), Ok(Address::Unix("/tmp/p".into())));
        }
        assert!(parse("1|2|unix|/tmp/p|grpc", host).unwrap_err().contains("a plugin for Velero"));
        let error = parse("1|1|unix|/tmp/p|grpc|", host).unwrap_err();
        assert_eq!(error, "EphemeralAccess takes the protocol `netrpc` only, the plugin says `grpc`");
    }

    #[test]
    fn what_is_wrong_with_a_line_is_said() {
        for (line, said) in [
            ("Usage: ls [FILE]", "has the form"),
            ("", "has the form"),
            ("2|2|unix|/tmp/p|grpc", "must have version 1, the plugin says `2`"),
            ("1|1|unix|/tmp/p|grpc", "Heptio Ark"),
            ("1|3|unix|/tmp/p|grpc", "says `3`"),
            ("1|2|unix|/tmp/p|netrpc", "says `netrpc`"),
            ("1|2|unix|/tmp/p", "says `netrpc`"),
            ("1|2|pipe|/tmp/p|grpc", "says `pipe`"),
            ("1|2|tcp|localhost|grpc", "`localhost` is no address"),
        ] {
            let error = parse(line, Host::Velero).unwrap_err();
            assert!(error.contains(said), "{line}: {error}");
        }
        let tls = format!("1|2|unix|/tmp/p|grpc|{}", "M".repeat(60));
        assert!(parse(&tls, Host::Velero).unwrap_err().contains("TLS"));
    }
}
