//! Starts plugins.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::{ChildStdout, Command};
use tokio::task::JoinSet;

use super::checksum;
use super::connect::Connector;
use super::logs::Logs;
use super::process::{Process, Spawned};
use super::running::Client;
use super::start_error::{StartError, StartErrorReason};
use super::stdio::Collector;
#[cfg(feature = "auto-mtls")]
use crate::tls::{Identity, Tls};
use crate::transport::Security;
use crate::{Handshake, HandshakeLine, ProtocolType};

/// go-plugin's `client.go`, `NewClient`.
const START_TIMEOUT: Duration = Duration::from_secs(60);
/// The range of TCP ports for plugins (same function).
const PORTS: [(&str, &str); 2] = [("PLUGIN_MIN_PORT", "10000"), ("PLUGIN_MAX_PORT", "25000")];
/// Variables that this process's environment may contain, for example if it is itself a plugin.
const REMOVED: [&str; 4] =
    ["PLUGIN_CLIENT_CERT", "PLUGIN_MULTIPLEX_GRPC", "PLUGIN_UNIX_SOCKET_DIR", "PLUGIN_UNIX_SOCKET_GROUP"];
/// The read limit of the first line, and of the output after an invalid one. The same limit as Go's
/// `bufio.Scanner`.
const LINE_LIMIT: u64 = 64 * 1024;
/// The time for the remaining output and the exit of an executable that is not a plugin.
const GRACE: Duration = Duration::from_millis(500);

/// Configures how a plugin is started; created by [`Client::builder`].
///
/// `Debug` prints only the names of environment variables, because values may be secrets.
#[derive(Clone)]
#[must_use = "the plugin is not started until `start` is called"]
pub struct ClientBuilder {
    path: PathBuf,
    handshake: Handshake,
    versions: BTreeSet<u32>,
    protocols: Vec<ProtocolType>,
    args: Vec<OsString>,
    env: Vec<(OsString, Option<OsString>)>,
    start_timeout: Duration,
    sha256: Option<[u8; 32]>,
    #[cfg(feature = "auto-mtls")]
    auto_mtls: bool,
    #[cfg(feature = "broker")]
    multiplex: bool,
}

impl Client {
    /// Configures a plugin of this executable; start it with [`ClientBuilder::start`].
    pub fn builder(path: impl Into<PathBuf>, handshake: Handshake) -> ClientBuilder {
        ClientBuilder::new(path.into(), handshake)
    }
}

impl ClientBuilder {
    pub(super) fn new(path: PathBuf, handshake: Handshake) -> Self {
        Self {
            path,
            handshake,
            versions: BTreeSet::new(),
            protocols: Vec::new(),
            args: Vec::new(),
            env: Vec::new(),
            start_timeout: START_TIMEOUT,
            sha256: None,
            #[cfg(feature = "auto-mtls")]
            auto_mtls: false,
            #[cfg(feature = "broker")]
            multiplex: false,
        }
    }

    /// Adds a version of the application protocol that the host supports. The plugin chooses the highest
    /// common one. The default is version 1.
    pub fn version(mut self, version: u32) -> Self {
        self.versions.insert(version);
        self
    }

    /// Adds a wire protocol that the host supports. The default is all protocols compiled into this crate.
    pub fn protocol(mut self, protocol: ProtocolType) -> Self {
        self.protocols.push(protocol);
        self
    }

    /// Adds an argument.
    pub fn arg(mut self, arg: impl Into<OsString>) -> Self {
        self.args.push(arg.into());
        self
    }

    /// Adds arguments.
    pub fn args(mut self, args: impl IntoIterator<Item = impl Into<OsString>>) -> Self {
        self.args.extend(args.into_iter().map(Into::into));
        self
    }

    /// Sets an environment variable of the plugin, which otherwise inherits this process's environment.
    pub fn env(mut self, key: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.env.push((key.into(), Some(value.into())));
        self
    }

    /// Removes an environment variable of the plugin.
    pub fn env_remove(mut self, key: impl Into<OsString>) -> Self {
        self.env.push((key.into(), None));
        self
    }

    /// Sets the timeout for the handshake line and the connection. Defaults to one minute, as in Go.
    pub fn start_timeout(mut self, limit: Duration) -> Self {
        self.start_timeout = limit;
        self
    }

    /// Requires the executable to have this SHA-256 checksum (go-plugin's `SecureConfig`). Make sure that
    /// others cannot replace the file between the check and the start.
    pub fn sha256(mut self, checksum: [u8; 32]) -> Self {
        self.sha256 = Some(checksum);
        self
    }

    /// Connects with TLS, and only to this process (go-plugin's `AutoMTLS`). The plugin must support it: all
    /// Go plugins do, and those of this crate with the feature `auto-mtls`.
    #[cfg(feature = "auto-mtls")]
    pub fn auto_mtls(mut self) -> Self {
        self.auto_mtls = true;
        self
    }

    /// Multiplexes all brokered connections over one (go-plugin's `GRPCBrokerMultiplex`). A gRPC plugin must
    /// support it.
    #[cfg(feature = "broker")]
    pub fn multiplex(mut self) -> Self {
        self.multiplex = true;
        self
    }

    /// Starts the plugin and connects to it. Must be called inside a tokio runtime.
    pub async fn start(self) -> Result<Client, StartError> {
        let failed = |reason, stdout: String, logs: Option<&Logs>| {
            StartError::new(self.path.clone(), reason, stdout, logs.map(Logs::tail).unwrap_or_default())
        };
        self.check().await.map_err(|reason| failed(reason, String::new(), None))?;
        let mut command = self.command();
        #[cfg(feature = "auto-mtls")]
        let identity = self.identity(&mut command).map_err(|reason| failed(reason, String::new(), None))?;
        let Spawned { process, stdout, stderr } = Process::spawn(&mut command)
            .map_err(|error| failed(StartErrorReason::Spawn(error), String::new(), None))?;
        let guard = KillOnDrop(Some(process.clone()));
        let mut tasks = JoinSet::new();
        let logs = Logs::new(Some(stderr));
        tasks.spawn(logs.clone().run());

        let mut stdout = BufReader::new(stdout);
        let text = self
            .first_line(&mut stdout, &process)
            .await
            .map_err(|reason| failed(reason, String::new(), Some(&logs)))?;
        let line = match HandshakeLine::parse(&text).and_then(|line| self.accept(line)) {
            Ok(line) => line,
            Err(problem) => {
                let rest = rest(&mut stdout, &process).await;
                let line = text.trim_end().to_owned();
                return Err(failed(StartErrorReason::Handshake { line, problem }, rest, Some(&logs)));
            }
        };
        let printed = Collector::default();
        tasks.spawn(printed.clone().follow_stdout(stdout));
        #[cfg(feature = "auto-mtls")]
        let security = match identity {
            None => Ok(Security::Plain),
            Some(identity) => Tls::with_plugin(&identity, &line.certificate).map(Security::Tls),
        };
        #[cfg(not(feature = "auto-mtls"))]
        let security = Ok::<_, crate::grpc::channel::ConnectError>(Security::Plain);
        let multiplex = self.requests_multiplex();
        let connecting = async {
            let connector =
                Connector { security: security?, multiplex, printed: &printed, tasks: &mut tasks };
            connector.connect(&line).await
        };
        let connected = match tokio::time::timeout(self.start_timeout, connecting).await {
            Ok(connected) => connected,
            Err(_) => Err(format!("no connection within {:?}", self.start_timeout).into()),
        };
        let connection = connected.map_err(|source| {
            let reason = StartErrorReason::Connect { address: line.address.clone(), source };
            failed(reason, String::new(), Some(&logs))
        })?;
        guard.disarm();
        Ok(Client { line, connection, process, logs, printed, _tasks: tasks })
    }

    /// Checks the executable's checksum.
    async fn check(&self) -> Result<(), StartErrorReason> {
        let Some(expected) = self.sha256 else { return Ok(()) };
        let found = checksum::sha256(&self.path).await.map_err(StartErrorReason::Spawn)?;
        if found == expected {
            return Ok(());
        }
        let (expected, found) = (checksum::hex(&expected), checksum::hex(&found));
        Err(StartErrorReason::Checksum { expected, found })
    }

    /// The host's certificate, if TLS is requested.
    #[cfg(feature = "auto-mtls")]
    fn identity(&self, command: &mut Command) -> Result<Option<Identity>, StartErrorReason> {
        if !self.auto_mtls {
            return Ok(None);
        }
        let identity = Identity::generate().map_err(StartErrorReason::Certificate)?;
        command.env("PLUGIN_CLIENT_CERT", identity.pem());
        Ok(Some(identity))
    }

    #[cfg_attr(not(feature = "auto-mtls"), allow(clippy::unused_self))]
    const fn requests_tls(&self) -> bool {
        #[cfg(feature = "auto-mtls")]
        return self.auto_mtls;
        #[cfg(not(feature = "auto-mtls"))]
        false
    }

    #[cfg_attr(not(feature = "broker"), allow(clippy::unused_self))]
    const fn requests_multiplex(&self) -> bool {
        #[cfg(feature = "broker")]
        return self.multiplex;
        #[cfg(not(feature = "broker"))]
        false
    }

    fn versions(&self) -> Vec<u32> {
        if self.versions.is_empty() { vec![1] } else { self.versions.iter().copied().collect() }
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.path);
        let versions: Vec<_> = self.versions().iter().map(ToString::to_string).collect();
        for key in REMOVED {
            command.env_remove(key);
        }
        command
            .env(self.handshake.cookie_key(), self.handshake.cookie_value())
            .env("PLUGIN_PROTOCOL_VERSIONS", versions.join(","))
            .envs(PORTS)
            .args(&self.args);
        if self.requests_multiplex() {
            command.env("PLUGIN_MULTIPLEX_GRPC", "true");
        }
        for (key, value) in &self.env {
            match value {
                Some(value) => command.env(key, value),
                None => command.env_remove(key),
            };
        }
        command
    }

    /// Returns the handshake line if this host supports its values.
    fn accept(&self, line: HandshakeLine) -> Result<HandshakeLine, String> {
        let versions = self.versions();
        if !versions.contains(&line.version) {
            let versions: Vec<_> = versions.iter().map(ToString::to_string).collect();
            let found = line.version;
            return Err(format!(
                "expected version {} of the host's protocol, found {found}",
                versions.join(" or ")
            ));
        }
        let all = if cfg!(feature = "net-rpc") {
            &[ProtocolType::Grpc, ProtocolType::NetRpc][..]
        } else {
            &[ProtocolType::Grpc]
        };
        let protocols = if self.protocols.is_empty() { all } else { &self.protocols };
        if !protocols.contains(&line.protocol) {
            let protocols: Vec<_> = protocols.iter().map(|protocol| format!("`{protocol}`")).collect();
            let found = line.protocol;
            return Err(format!("expected the protocol {}, found `{found}`", protocols.join(" or ")));
        }
        match (line.certificate.is_empty(), self.requests_tls()) {
            (false, false) => return Err("the plugin requires TLS, which the host did not request".into()),
            (true, true) => {
                return Err("expected a certificate: the plugin does not support AutoMTLS".into());
            }
            _ => {}
        }
        if self.requests_multiplex() && line.protocol == ProtocolType::Grpc && line.multiplex != Some(true) {
            return Err("the plugin does not support multiplexed connections, which the host requires".into());
        }
        Ok(line)
    }

    async fn first_line(
        &self,
        stdout: &mut BufReader<ChildStdout>,
        process: &Process,
    ) -> Result<String, StartErrorReason> {
        let mut line = Vec::new();
        let mut stdout = stdout.take(LINE_LIMIT);
        match tokio::time::timeout(self.start_timeout, stdout.read_until(b'\n', &mut line)).await {
            Ok(Ok(1..)) => Ok(String::from_utf8_lossy(&line).into_owned()),
            Ok(Ok(0) | Err(_)) => Err(match process.wait_for(GRACE).await {
                Some(status) => StartErrorReason::Exited(status),
                None => StartErrorReason::Silent,
            }),
            Err(_) if line.is_empty() => Err(StartErrorReason::Timeout(self.start_timeout)),
            Err(_) => {
                let line = String::from_utf8_lossy(&line).into_owned();
                let problem = format!("the line did not end within {:?}", self.start_timeout);
                Err(StartErrorReason::Handshake { line, problem })
            }
        }
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let env: Vec<_> = self.env.iter().map(|(key, _)| key).collect();
        f.debug_struct("ClientBuilder")
            .field("path", &self.path)
            .field("handshake", &self.handshake)
            .field("args", &self.args)
            .field("env", &env)
            .finish_non_exhaustive()
    }
}

/// Reads the remaining output of an executable that is not a plugin.
async fn rest(stdout: &mut BufReader<ChildStdout>, process: &Process) -> String {
    let mut rest = Vec::new();
    // On timeout, `rest` contains what was read so far.
    let _ = tokio::time::timeout(GRACE, stdout.take(LINE_LIMIT).read_to_end(&mut rest)).await;
    // Its stderr is complete once it exits.
    process.wait_for(GRACE).await;
    String::from_utf8_lossy(&rest).into_owned()
}

/// Kills a process that did not become a plugin, also if `start` is cancelled.
struct KillOnDrop(Option<Arc<Process>>);

impl KillOnDrop {
    fn disarm(mut self) {
        self.0 = None;
    }
}

impl Drop for KillOnDrop {
    fn drop(&mut self) {
        if let Some(process) = &self.0 {
            process.kill();
        }
    }
}

#[cfg(test)]
#[path = "builder_tests.rs"]
mod tests;
