//! The handshake of host and plugin: the magic cookie, and one line on the plugin's stdout.

use std::fmt;

use crate::{Address, Environment};

/// The version of go-plugin's core protocol, unchanged since 2015 (`server.go`, `CoreProtocolVersion`).
const CORE_PROTOCOL_VERSION: u32 = 1;

/// The minimum length of a base64 certificate. Old versions of go-plugin send shorter texts in its place
/// (`client.go`, `Start`).
const SHORTEST_CERTIFICATE: usize = 50;

/// The magic cookie of a host: an environment variable of the plugin, and its value. It keeps users from
/// running a plugin by mistake; it is not a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handshake {
    cookie_key: &'static str,
    cookie_value: &'static str,
}

impl Handshake {
    /// `MagicCookieKey` and `MagicCookieValue` of the host's `HandshakeConfig`.
    pub const fn new(cookie_key: &'static str, cookie_value: &'static str) -> Self {
        Self { cookie_key, cookie_value }
    }

    /// The variable.
    pub const fn cookie_key(&self) -> &'static str {
        self.cookie_key
    }

    /// Its value.
    pub const fn cookie_value(&self) -> &'static str {
        self.cookie_value
    }

    /// Whether the host started the process with this environment.
    pub fn is_in(&self, environment: &Environment) -> bool {
        environment.get(self.cookie_key) == Some(self.cookie_value)
    }
}

/// The wire protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProtocolType {
    /// gRPC.
    Grpc,
    /// Go's net/rpc, over yamux.
    NetRpc,
}

impl ProtocolType {
    /// The name in the handshake line: `grpc` or `netrpc`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Grpc => "grpc",
            Self::NetRpc => "netrpc",
        }
    }
}

impl fmt::Display for ProtocolType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// `1|2|unix|/tmp/plugin123|grpc|CERT`: the plugin's first line on stdout, which tells the host where to
/// connect (go-plugin `server.go`, `Serve`).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct HandshakeLine {
    /// The version of the application protocol.
    pub version: u32,
    /// The plugin's address.
    pub address: Address,
    /// The wire protocol.
    pub protocol: ProtocolType,
    /// The plugin's certificate under AutoMTLS: base64 of its DER, without padding. Empty without TLS.
    pub certificate: String,
    /// Whether brokered connections share one socket; `None` unless the host requested it. Old hosts split
    /// the line into only six fields, so a seventh is not sent unless requested.
    pub multiplex: Option<bool>,
}

impl fmt::Display for HandshakeLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { version, address, protocol, certificate, multiplex } = self;
        let (network, address) = address.parts();
        write!(f, "{CORE_PROTOCOL_VERSION}|{version}|{network}|{address}|{protocol}|{certificate}")?;
        match multiplex {
            Some(supported) => write!(f, "|{supported}"),
            None => Ok(()),
        }
    }
}

impl HandshakeLine {
    /// Parses a line like go-plugin's `client.go`, `Start`. The error contains the expected form.
    pub fn parse(line: &str) -> Result<Self, String> {
        let parts: Vec<&str> = line.trim().split('|').collect();
        let [core, version, network, address, rest @ ..] = parts.as_slice() else {
            return Err("expected a handshake line such as `1|2|unix|/path/of/socket|grpc`".into());
        };
        if core.parse() != Ok(CORE_PROTOCOL_VERSION) {
            return Err(format!(
                "expected version {CORE_PROTOCOL_VERSION} of go-plugin's own protocol, found `{core}`"
            ));
        }
        let Ok(version) = version.parse() else {
            return Err(format!(
                "expected a number as the version of the host's protocol, found `{version}`"
            ));
        };
        // The first versions of go-plugin supported only net/rpc, and wrote four fields.
        let protocol = match rest.first().copied() {
            Some("grpc") => ProtocolType::Grpc,
            Some("netrpc") | None => ProtocolType::NetRpc,
            Some(other) => return Err(format!("expected the protocol `grpc` or `netrpc`, found `{other}`")),
        };
        let certificate = rest.get(1).copied().filter(|certificate| certificate.len() > SHORTEST_CERTIFICATE);
        let certificate = certificate.unwrap_or_default();
        let is_base64 = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/');
        if let Some(other) = certificate.chars().find(|c| !is_base64(*c)) {
            return Err(format!("expected base64 as the certificate, found the character {other:?} in it"));
        }
        Ok(Self {
            version,
            address: Address::from_parts(network, address)?,
            protocol,
            certificate: certificate.to_owned(),
            multiplex: rest.get(2).and_then(|multiplex| multiplex.parse().ok()),
        })
    }
}

/// Returns the highest common version. Without one, or if an old host sends none, the lowest of ours: the
/// host then rejects it by its number (go-plugin `server.go`, `protocolVersion`).
pub(crate) fn negotiate(ours: impl Iterator<Item = u32> + Clone, environment: &Environment) -> Option<u32> {
    let theirs = environment.protocol_versions();
    let common = ours.clone().filter(|version| theirs.contains(version)).max();
    common.or_else(|| ours.min())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line() -> HandshakeLine {
        HandshakeLine {
            version: 2,
            address: Address::Unix("/tmp/plugin123".into()),
            protocol: ProtocolType::Grpc,
            certificate: String::new(),
            multiplex: None,
        }
    }

    #[test]
    fn writes_the_line_that_go_plugin_expects() {
        let mut line = line();
        assert_eq!(line.to_string(), "1|2|unix|/tmp/plugin123|grpc|");
        line.multiplex = Some(false);
        line.certificate = "MIIB".into();
        assert_eq!(line.to_string(), "1|2|unix|/tmp/plugin123|grpc|MIIB|false");
        line.address = Address::Tcp(([127, 0, 0, 1], 10000).into());
        line.protocol = ProtocolType::NetRpc;
        assert_eq!(line.to_string(), "1|2|tcp|127.0.0.1:10000|netrpc|MIIB|false");
    }

    #[test]
    fn reads_lines_of_every_go_plugin_version() {
        for text in [
            "1|2|unix|/tmp/plugin123|grpc",
            " 1|2|unix|/tmp/plugin123|grpc|\n",
            "1|2|unix|/tmp/plugin123|grpc|x",
        ] {
            assert_eq!(HandshakeLine::parse(text), Ok(line()), "{text}");
        }
        let full = HandshakeLine { certificate: "M".repeat(60), multiplex: Some(true), ..line() };
        assert_eq!(HandshakeLine::parse(&full.to_string()), Ok(full));
        // A certificate has more than 50 characters.
        for (length, expected) in [(50, 0), (51, 51)] {
            let text = format!("1|2|unix|/tmp/plugin123|grpc|{}|true", "M".repeat(length));
            assert_eq!(HandshakeLine::parse(&text).unwrap().certificate.len(), expected);
        }
        let old = HandshakeLine::parse("1|1|tcp|127.0.0.1:10000").unwrap();
        assert_eq!((old.version, old.protocol), (1, ProtocolType::NetRpc));
        assert_eq!(old.address, Address::Tcp(([127, 0, 0, 1], 10000).into()));
    }

    #[test]
    fn errors_contain_the_expected_form() {
        for (line, said) in [
            ("Usage: ls [FILE]", "expected a handshake line such as"),
            ("", "expected a handshake line"),
            ("2|2|unix|/tmp/p|grpc", "expected version 1 of go-plugin's own protocol, found `2`"),
            ("1|two|unix|/tmp/p|grpc", "expected a number"),
            (
                &format!("1|2|unix|/tmp/p|grpc|{}\u{b}|", "M".repeat(60)),
                "expected base64 as the certificate, found the character '\\u{b}' in it",
            ),
            ("1|2|unix|/tmp/p|http", "expected the protocol `grpc` or `netrpc`, found `http`"),
            ("1|2|pipe|/tmp/p|grpc", "expected the network `unix` or `tcp`, found `pipe`"),
            ("1|2|tcp|localhost|grpc", "expected an address such as `127.0.0.1:10000`, found `localhost`"),
        ] {
            let error = HandshakeLine::parse(line).unwrap_err();
            assert!(error.starts_with(said), "{line}: {error}");
        }
    }

    #[test]
    fn highest_common_version_is_chosen() {
        let choose =
            |list| negotiate([1, 2].into_iter(), &Environment::of([("PLUGIN_PROTOCOL_VERSIONS", list)]));
        assert_eq!(choose("1,2,3"), Some(2));
        assert_eq!(choose("1"), Some(1));
        assert_eq!(choose("7"), Some(1));
        assert_eq!(choose(""), Some(1));
        assert_eq!(negotiate([].into_iter(), &Environment::default()), None);
    }
}
