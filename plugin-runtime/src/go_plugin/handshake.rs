//! The one line on stdout by which the host finds the plugin.

use std::fmt;

use super::environment::Environment;
use super::listener::Address;

/// go-plugin's own protocol; it has had this number since 2015 (`server.go`, `CoreProtocolVersion`).
const CORE_PROTOCOL_VERSION: u32 = 1;

/// `1|2|unix|/tmp/plugin123|grpc|CERT`, as go-plugin's `server.go`, `Serve`, writes it.
#[derive(Debug)]
pub(crate) struct HandshakeLine<'a> {
    /// The version of the host's own protocol.
    pub(crate) app_version: u32,
    pub(crate) address: &'a Address,
    /// `grpc` or `netrpc`.
    pub(crate) protocol: &'static str,
    /// Base64 of our certificate's DER without padding; empty without TLS.
    pub(crate) certificate: &'a str,
    /// Whether the host asks for multiplexing. Old hosts split the line into six fields only, so
    /// that there may be no seventh unless it is asked for.
    pub(crate) multiplex_asked: bool,
}

impl fmt::Display for HandshakeLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { app_version, address, protocol, certificate, .. } = self;
        write!(f, "{CORE_PROTOCOL_VERSION}|{app_version}|{address}|{protocol}|{certificate}")?;
        if self.multiplex_asked {
            // We do not serve it, and a host that needs it says so clearly on reading this.
            f.write_str("|false")?;
        }
        Ok(())
    }
}

/// The highest version that both sides speak; the lowest of ours where there is none or the host
/// is too old to say, as go-plugin's `server.go`, `protocolVersion`: the host then refuses it by name.
pub(crate) fn app_version(ours: &[u32], environment: &Environment) -> u32 {
    let theirs = environment.protocol_versions();
    let common = ours.iter().copied().filter(|version| theirs.contains(version)).max();
    common.or_else(|| ours.iter().copied().min()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_is_what_go_plugin_splits_at_the_bars() {
        let address = Address::Unix("/tmp/plugin123".into());
        let mut line = HandshakeLine {
            app_version: 2,
            address: &address,
            protocol: "grpc",
            certificate: "",
            multiplex_asked: false,
        };
        assert_eq!(line.to_string(), "1|2|unix|/tmp/plugin123|grpc|");
        line.multiplex_asked = true;
        line.certificate = "MIIB";
        assert_eq!(line.to_string(), "1|2|unix|/tmp/plugin123|grpc|MIIB|false");
        let tcp = Address::Tcp(([127, 0, 0, 1], 10000).into());
        assert_eq!(
            HandshakeLine { address: &tcp, ..line }.to_string(),
            "1|2|tcp|127.0.0.1:10000|grpc|MIIB|false"
        );
    }

    #[test]
    fn the_highest_common_version_wins() {
        let choose = |list| app_version(&[1, 2], &Environment::of([("PLUGIN_PROTOCOL_VERSIONS", list)]));
        assert_eq!(choose("1,2,3"), 2);
        assert_eq!(choose("1"), 1);
        assert_eq!(choose("7"), 1);
        assert_eq!(choose(""), 1);
    }
}
