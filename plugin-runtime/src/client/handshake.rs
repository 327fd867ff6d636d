//! What the host says to a plugin at its start, and the line that the plugin answers with.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

/// go-plugin's own protocol (`server.go`, `CoreProtocolVersion`).
const CORE_PROTOCOL_VERSION: &str = "1";
/// Velero's (`pkg/plugin/framework/handshake.go`).
const APP_PROTOCOL_VERSION: &str = "2";

/// What Velero sets for each plugin: its cookie and version, and go-plugin's default port range
/// (`client.go`, `Start` and `NewClient`). And which Velero this client is: a plugin could not find it out.
pub(super) const ENVIRONMENT: [(&str, &str); 5] = [
    NEWEST_VELERO,
    ("VELERO_PLUGIN", "hello"),
    ("PLUGIN_PROTOCOL_VERSIONS", APP_PROTOCOL_VERSION),
    ("PLUGIN_MIN_PORT", "10000"),
    ("PLUGIN_MAX_PORT", "25000"),
];

/// The one whose calls this client has.
pub(super) const NEWEST_VELERO: (&str, &str) = (crate::hosts::VERSION_VARIABLE, "1.18");

/// Variables of go-plugin that Velero does not set, and that a process around this one may have.
pub(super) const NOT_IN_ENVIRONMENT: [&str; 4] =
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
pub(super) fn parse(line: &str) -> Result<Address, String> {
    let parts: Vec<&str> = line.trim().split('|').collect();
    let [core, app, network, address, rest @ ..] = parts.as_slice() else {
        return Err("a handshake line has the form `1|2|unix|/path/of/socket|grpc`".into());
    };
    if *core != CORE_PROTOCOL_VERSION {
        return Err(format!(
            "go-plugin's own protocol must have version {CORE_PROTOCOL_VERSION}, the plugin says `{core}`"
        ));
    }
    if *app != APP_PROTOCOL_VERSION {
        return Err(format!(
            "Velero speaks version {APP_PROTOCOL_VERSION} of its plugin protocol, the plugin says `{app}`{}",
            if *app == "1" { ": a plugin for Heptio Ark, or for another host" } else { "" }
        ));
    }
    // An absent field means net/rpc, the only protocol of the first go-plugins.
    let protocol = rest.first().copied().unwrap_or("netrpc");
    if protocol != "grpc" {
        return Err(format!("Velero takes the protocol `grpc` only, the plugin says `{protocol}`"));
    }
    // Shorter ones are something else that old go-plugins said there.
    if rest.get(1).is_some_and(|certificate| certificate.len() > 50) {
        return Err("the plugin wants TLS, for which Velero did not ask".into());
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
            assert_eq!(parse(line).as_ref(), Ok(&socket), "{line}");
        }
        assert_eq!(parse("1|2|tcp|127.0.0.1:10000|grpc|"), Ok(Address::Tcp(([127, 0, 0, 1], 10000).into())));
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
            let error = parse(line).unwrap_err();
            assert!(error.contains(said), "{line}: {error}");
        }
        let tls = format!("1|2|unix|/tmp/p|grpc|{}", "M".repeat(60));
        assert!(parse(&tls).unwrap_err().contains("TLS"));
    }
}
