//! Reads the process's environment and arguments.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

/// The environment and arguments that a host sets for a plugin's process (hashicorp/go-plugin, `client.go`,
/// `Start`).
///
/// `Debug` prints only the names of variables, because values may be secrets. Arguments are printed: every
/// user of the machine can read those of a process.
#[derive(Clone, Default)]
pub struct Environment {
    /// `argv[0]`.
    pub command: String,
    /// The arguments after it.
    pub args: Vec<String>,
    variables: BTreeMap<String, String>,
}

impl Environment {
    /// Returns the environment of this process. Bytes that are not UTF-8 become replacement characters.
    pub fn of_process() -> Self {
        let mut args = std::env::args_os().map(|arg| arg.to_string_lossy().into_owned());
        Self {
            command: args.next().unwrap_or_default(),
            args: args.collect(),
            variables: std::env::vars_os()
                .map(|(key, value)| {
                    (key.to_string_lossy().into_owned(), value.to_string_lossy().into_owned())
                })
                .collect(),
        }
    }

    /// Creates an environment with these variables and without arguments, for tests.
    pub fn of<'a>(variables: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        Self {
            command: "test-plugin".into(),
            variables: variables.into_iter().map(|(key, value)| (key.into(), value.into())).collect(),
            ..Self::default()
        }
    }

    /// Sets a variable.
    pub fn set(&mut self, key: &str, value: &str) {
        self.variables.insert(key.to_owned(), value.to_owned());
    }

    /// Returns the value of a variable if it is set and not empty.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.variables.get(key).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// The application protocol versions that the host supports.
    pub(crate) fn protocol_versions(&self) -> Vec<u32> {
        let list = self.get("PLUGIN_PROTOCOL_VERSIONS").unwrap_or_default();
        list.split(',').filter_map(|version| version.trim().parse().ok()).collect()
    }

    /// The host's certificate (PEM) if it requests TLS (AutoMTLS).
    pub(crate) fn client_cert(&self) -> Option<&str> {
        self.get("PLUGIN_CLIENT_CERT")
    }

    /// Whether the host expects the plugin to report support for multiplexed broker connections. Any value
    /// enables it (go-plugin `server.go`, `Serve`).
    pub(crate) fn knows_multiplex(&self) -> bool {
        self.get("PLUGIN_MULTIPLEX_GRPC").is_some()
    }

    /// Whether the host requests multiplexing. The values are those of Go's `strconv.ParseBool`.
    #[cfg(feature = "broker")]
    pub(crate) fn multiplex(&self) -> bool {
        matches!(self.get("PLUGIN_MULTIPLEX_GRPC"), Some("1" | "t" | "T" | "true" | "TRUE" | "True"))
    }

    /// The directory for the socket; defaults to the system's temporary directory.
    #[cfg(unix)]
    pub(crate) fn unix_socket_dir(&self) -> PathBuf {
        self.get("PLUGIN_UNIX_SOCKET_DIR").map_or_else(std::env::temp_dir, PathBuf::from)
    }

    /// The group, by name or number, that may write to the socket.
    #[cfg(unix)]
    pub(crate) fn unix_socket_group(&self) -> Option<&str> {
        self.get("PLUGIN_UNIX_SOCKET_GROUP")
    }

    /// The range of TCP ports.
    pub(crate) fn port_range(&self) -> Result<(u16, u16), String> {
        let port = |key: &str| match self.get(key) {
            None => Ok(0),
            Some(text) => text
                .parse::<u16>()
                .map_err(|_| format!("invalid {key} `{text}`; expected a port number from 0 to 65535")),
        };
        let (min, max) = (port("PLUGIN_MIN_PORT")?, port("PLUGIN_MAX_PORT")?);
        if min > max {
            return Err(format!("PLUGIN_MIN_PORT ({min}) is greater than PLUGIN_MAX_PORT ({max})"));
        }
        Ok((min, max))
    }

    /// Returns the value of a flag, `--flag value` or `--flag=value`; the last one counts. Hosts may pass all
    /// their own flags to a plugin, so unknown flags are ignored.
    pub fn flag(&self, name: &str) -> Option<&str> {
        let mut found = None;
        let mut args = self.args.iter().map(String::as_str).peekable();
        while let Some(arg) = args.next() {
            if arg == "--" {
                break;
            }
            let Some(rest) = arg.strip_prefix("--").and_then(|arg| arg.strip_prefix(name)) else { continue };
            if let Some(value) = rest.strip_prefix('=') {
                found = Some(value);
            } else if rest.is_empty()
                && let Some(value) = args.next_if(|next| !next.starts_with("--"))
            {
                found = Some(value);
            }
        }
        found
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { command, args, variables } = self;
        f.debug_struct("Environment")
            .field("command", command)
            .field("args", args)
            .field("variables", &variables.keys())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_prints_no_values() {
        let environment = Environment::of([("AWS_SECRET_ACCESS_KEY", "hunter2")]);
        assert_eq!(
            format!("{environment:?}"),
            r#"Environment { command: "test-plugin", args: [], variables: ["AWS_SECRET_ACCESS_KEY"] }"#
        );
        let server = crate::Server::new(crate::Handshake::new("KEY", "value")).environment(environment);
        assert!(!format!("{server:?}").contains("hunter2"));
    }

    fn with_args(args: &[&str]) -> Environment {
        Environment { args: args.iter().map(ToString::to_string).collect(), ..Environment::default() }
    }

    #[test]
    fn finds_a_flag_in_both_forms() {
        let host = ["--namespace", "default", "--log-level", "debug", "--ttl=720h", "--x"];
        assert_eq!(with_args(&host).flag("log-level"), Some("debug"));
        assert_eq!(with_args(&["--log-level=warning", "-v"]).flag("log-level"), Some("warning"));
        assert_eq!(with_args(&["--log-level", "info", "--log-level=trace"]).flag("log-level"), Some("trace"));
        assert_eq!(with_args(&["--log-level-x=trace", "log-level"]).flag("log-level"), None);
        assert_eq!(with_args(&["--log-level", "--features", "One"]).flag("log-level"), None);
        assert_eq!(with_args(&["--log-level", "--features", "One"]).flag("features"), Some("One"));
        assert_eq!(with_args(&["--", "--log-level=trace"]).flag("log-level"), None);
    }

    #[test]
    fn versions_are_comma_separated_and_invalid_ones_ignored() {
        let versions = |list| Environment::of([("PLUGIN_PROTOCOL_VERSIONS", list)]).protocol_versions();
        assert_eq!(versions("2"), [2]);
        assert_eq!(versions("1, 2,x,"), [1, 2]);
        assert_eq!(Environment::default().protocol_versions(), [0_u32; 0]);
    }

    #[test]
    fn values_of_the_process_are_read() {
        let environment = Environment::of_process();
        assert_eq!(environment.get("PATH"), std::env::var("PATH").ok().as_deref());
        assert_eq!(Some(environment.command), std::env::args().next());
        assert_eq!(environment.args, std::env::args().skip(1).collect::<Vec<_>>());
    }

    #[test]
    fn empty_variables_are_unset() {
        let mut environment =
            Environment::of([("PLUGIN_UNIX_SOCKET_DIR", ""), ("PLUGIN_UNIX_SOCKET_GROUP", "")]);
        assert_eq!(environment.get("PLUGIN_UNIX_SOCKET_DIR"), None);
        assert_eq!(environment.client_cert(), None);
        #[cfg(unix)]
        {
            assert_eq!(environment.unix_socket_dir(), std::env::temp_dir());
            assert_eq!(environment.unix_socket_group(), None);
            environment.set("PLUGIN_UNIX_SOCKET_DIR", "/run/plugins");
            environment.set("PLUGIN_UNIX_SOCKET_GROUP", "velero");
            assert_eq!(environment.unix_socket_dir(), PathBuf::from("/run/plugins"));
            assert_eq!(environment.unix_socket_group(), Some("velero"));
        }
        environment.set("PLUGIN_CLIENT_CERT", "PEM");
        assert_eq!(environment.client_cert(), Some("PEM"));
    }

    #[cfg(feature = "broker")]
    #[test]
    fn multiplexing_is_known_with_any_value_and_requested_with_a_true_one() {
        for (value, known, requested) in [
            ("", false, false),
            ("true", true, true),
            ("1", true, true),
            ("false", true, false),
            ("yes", true, false),
        ] {
            let environment = Environment::of([("PLUGIN_MULTIPLEX_GRPC", value)]);
            assert_eq!(
                (environment.knows_multiplex(), environment.multiplex()),
                (known, requested),
                "{value}"
            );
        }
    }

    #[test]
    fn reversed_port_range_is_an_error() {
        let range =
            |min, max| Environment::of([("PLUGIN_MIN_PORT", min), ("PLUGIN_MAX_PORT", max)]).port_range();
        assert_eq!(range("10000", "25000"), Ok((10000, 25000)));
        assert_eq!(range("", ""), Ok((0, 0)));
        assert_eq!(range("7", "7"), Ok((7, 7)));
        assert!(range("2", "1").unwrap_err().contains("greater"));
        assert!(range("x", "1").unwrap_err().contains("invalid PLUGIN_MIN_PORT `x`"));
    }
}
