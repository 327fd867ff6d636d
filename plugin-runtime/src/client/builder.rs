//! Starts plugins.

use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use go_plugin::HandshakeLine;
use go_plugin::client::{Client as Plugin, StartErrorReason};
use tracing::Level;

use super::connection::Connection;
use super::host::{Host, NEWEST_VELERO};
use super::{Client, StartError};

/// Configures how a plugin is started; created by [`Client::builder`].
///
/// `Debug` prints only the names of environment variables, because values may be secrets.
#[derive(Clone)]
#[must_use = "the plugin is not started until `start` is called"]
pub struct ClientBuilder {
    path: PathBuf,
    host: Host,
    args: Vec<OsString>,
    env: Vec<(OsString, Option<OsString>)>,
    log_level: Option<Level>,
    start_timeout: Option<Duration>,
}

impl ClientBuilder {
    pub(super) fn new(path: PathBuf) -> Self {
        Self {
            path,
            host: Host::Velero,
            args: Vec::new(),
            env: Vec::new(),
            log_level: None,
            start_timeout: None,
        }
    }

    /// Starts the plugin like the controller of Argo CD EphemeralAccess instead of Velero: only
    /// [`Client::access_requester`] can then be called.
    #[cfg(feature = "ephemeral-access")]
    pub fn ephemeral_access(mut self) -> Self {
        self.host = Host::EphemeralAccess;
        self
    }

    /// Adds an argument. Velero passes all arguments of its own server, such as `--features EnableCSI`.
    pub fn arg(mut self, arg: impl Into<OsString>) -> Self {
        self.args.push(arg.into());
        self
    }

    /// Adds arguments.
    pub fn args(mut self, args: impl IntoIterator<Item = impl Into<OsString>>) -> Self {
        self.args.extend(args.into_iter().map(Into::into));
        self
    }

    /// Sets an environment variable of the plugin, which otherwise inherits this process's environment, as
    /// from Velero.
    ///
    /// `PLUGWRIGHT_HOST_VERSION` sets the Velero version that the client represents. It defaults to the
    /// latest; with `1.10`, for example, the plugin lists the kinds that Velero 1.10 supports.
    pub fn env(mut self, key: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.env.push((key.into(), Some(value.into())));
        self
    }

    /// Removes an environment variable of the plugin.
    pub fn env_remove(mut self, key: impl Into<OsString>) -> Self {
        self.env.push((key.into(), None));
        self
    }

    /// Sets the plugin's log level: adds `--log-level`, or sets `EPHEMERAL_LOG_LEVEL`. Plugins default to
    /// `info`.
    pub fn log_level(mut self, level: Level) -> Self {
        self.log_level = Some(level);
        self
    }

    /// Sets how long the plugin may take to start listening. Defaults to one minute, as in Velero.
    pub fn start_timeout(mut self, limit: Duration) -> Self {
        self.start_timeout = Some(limit);
        self
    }

    /// Starts the plugin and connects to it. Must be called inside a tokio runtime.
    pub async fn start(self) -> Result<Client, StartError> {
        let host = self.host;
        let plugin = self.plugin().start().await.map_err(|error| with_hint(error, host))?;
        let plugin = Arc::new(plugin);
        let connection = match plugin.channel() {
            Some(channel) => Connection::grpc(channel, Some(plugin)),
            #[cfg(feature = "ephemeral-access")]
            None => Connection::net_rpc(plugin),
            #[cfg(not(feature = "ephemeral-access"))]
            None => unreachable!("only gRPC was allowed"),
        };
        Ok(Client { connection })
    }

    fn plugin(self) -> go_plugin::client::ClientBuilder {
        let Self { path, host, args, env, log_level, start_timeout } = self;
        let mut plugin =
            Plugin::builder(path, host.handshake()).version(host.version()).protocol(host.protocol());
        for key in host.other_cookies() {
            plugin = plugin.env_remove(key);
        }
        let level = log_level.map(|level| level.as_str().to_ascii_lowercase());
        match host {
            Host::Velero => {
                plugin = plugin.env(NEWEST_VELERO.0, NEWEST_VELERO.1);
                if let Some(level) = level {
                    plugin = plugin.args(["--log-level", &level]);
                }
            }
            #[cfg(feature = "ephemeral-access")]
            Host::EphemeralAccess => {
                if let Some(level) = level {
                    plugin = plugin.env("EPHEMERAL_LOG_LEVEL", level);
                }
            }
        }
        for (key, value) in env {
            plugin = match value {
                Some(value) => plugin.env(key, value),
                None => plugin.env_remove(key),
            };
        }
        if let Some(limit) = start_timeout {
            plugin = plugin.start_timeout(limit);
        }
        plugin.args(args)
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let env: Vec<_> = self.env.iter().map(|(key, _)| key).collect();
        f.debug_struct("ClientBuilder")
            .field("path", &self.path)
            .field("host", &self.host)
            .field("args", &self.args)
            .field("env", &env)
            .finish_non_exhaustive()
    }
}

/// Adds the host that a plugin with another protocol version is for.
fn with_hint(error: StartError, host: Host) -> StartError {
    let hint = match &error.reason {
        StartErrorReason::Handshake { line, .. } => match HandshakeLine::parse(line) {
            Ok(line) if line.version != host.version() => Some(host.hint(line.version)),
            _ => None,
        },
        _ => None,
    };
    match hint {
        Some(hint) => error.with_hint(hint),
        None => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use StartErrorReason as Reason;

    async fn fails(builder: ClientBuilder) -> StartError {
        match builder.start().await {
            Ok(_) => panic!("it started"),
            Err(error) => error,
        }
    }

    #[test]
    fn debug_prints_no_variables() {
        let text = format!("{:?}", Client::builder("/plugin").env("AWS_SECRET_ACCESS_KEY", "hunter2"));
        assert!(text.contains("AWS_SECRET_ACCESS_KEY") && !text.contains("hunter2"), "{text}");
    }

    #[tokio::test]
    async fn plugin_gets_veleros_environment_and_arguments() {
        let script = r#"echo "$VELERO_PLUGIN $PLUGIN_PROTOCOL_VERSIONS $PLUGIN_MIN_PORT $PLUGIN_MAX_PORT $A${B-none}$@""#;
        let builder = Client::builder("/bin/sh")
            .args(["-c", script, "sh", "--features", "EnableCSI"])
            .env("A", "a")
            .env("PLUGIN_MIN_PORT", "1")
            .env("B", "b")
            .env_remove("B");
        let Reason::Handshake { line, .. } = fails(builder).await.reason else { panic!() };
        assert_eq!(line, "hello 2 1 25000 anone--features EnableCSI");
        let builder = Client::builder("/bin/echo").log_level(Level::WARN).arg("x");
        let Reason::Handshake { line, .. } = fails(builder).await.reason else { panic!() };
        assert_eq!(line, "--log-level warn x");
    }

    #[tokio::test]
    async fn error_names_the_host_of_the_plugin() {
        let of_line = async |line: &str| {
            fails(Client::builder("/bin/sh").args(["-c", &format!("echo '{line}'")])).await.to_string()
        };
        let text = of_line("1|1|unix|/tmp/p|grpc").await;
        assert!(
            text.contains("expected version 2 of the host's protocol, found 1 (the plugin is for Heptio Ark"),
            "{text}"
        );
        let text = of_line("1|2|unix|/tmp/p|netrpc").await;
        assert!(text.contains("expected the protocol `grpc`, found `netrpc`"), "{text}");
    }
}
