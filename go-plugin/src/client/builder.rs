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
mod tests {
    use super::*;
    use crate::client::StartErrorReason as Reason;

    const HANDSHAKE: Handshake = Handshake::new("BASIC_PLUGIN", "hello");

    fn builder(path: &str) -> ClientBuilder {
        Client::builder(path, HANDSHAKE).version(2)
    }

    fn shell(script: &str) -> ClientBuilder {
        builder("/bin/sh").args(["-c", script])
    }

    async fn fails(builder: ClientBuilder) -> StartError {
        match builder.start().await {
            Ok(_) => panic!("it started"),
            Err(error) => error,
        }
    }

    #[test]
    fn debug_prints_no_variables() {
        let text = format!("{:?}", builder("/plugin").env("AWS_SECRET_ACCESS_KEY", "hunter2"));
        assert!(text.contains("AWS_SECRET_ACCESS_KEY") && !text.contains("hunter2"), "{text}");
    }

    #[tokio::test]
    async fn unstartable_executable_is_an_error() {
        for (path, said) in [
            ("/nonexistent", "the file does not exist"),
            ("/etc/passwd", "the file is not executable"),
            ("/etc", "it is a directory"),
        ] {
            let error = fails(builder(path)).await;
            assert!(matches!(error.reason, Reason::Spawn(_)));
            assert_eq!(error.to_string(), format!("cannot start {path}: {said}"));
        }
    }

    #[tokio::test]
    async fn executable_must_have_the_checksum() {
        let error = fails(builder("/bin/sh").sha256([0xa; 32])).await;
        let text = error.to_string();
        let Reason::Checksum { expected, found } = error.reason else { panic!("{text}") };
        assert_eq!(expected, "0a".repeat(32));
        assert!(text.ends_with(&format!("expected the SHA-256 {expected}, found {found}")), "{text}");
        let byte = |index: usize| u8::from_str_radix(&found[2 * index..2 * index + 2], 16).unwrap();
        let error = fails(shell("exit 3").sha256(std::array::from_fn(byte))).await;
        assert!(matches!(error.reason, Reason::Exited(_)), "{error}");
    }

    #[tokio::test]
    async fn exit_error_quotes_the_output() {
        let error = fails(shell("echo usage >&2; exit 3")).await;
        assert!(matches!(error.reason, Reason::Exited(status) if status.code() == Some(3)));
        assert_eq!(
            error.to_string(),
            "/bin/sh is not a plugin: it exited (exit status: 3) without a handshake line\nstderr:\n  usage"
        );
    }

    #[tokio::test]
    async fn invalid_first_line_is_quoted() {
        let error = fails(shell("echo one; echo two; echo three >&2")).await;
        let Reason::Handshake { line, .. } = &error.reason else { panic!("{error:?}") };
        assert_eq!((line.as_str(), error.stdout.as_str(), error.stderr.as_str()), ("one", "two\n", "three"));
        let text = error.to_string();
        assert!(
            text.starts_with("/bin/sh is not a plugin of this host: its first line is `one`: expected"),
            "{text}"
        );
    }

    #[tokio::test]
    async fn start_times_out() {
        let short = Duration::from_millis(50);
        let error = fails(shell("echo hm >&2; exec sleep 600").start_timeout(short)).await;
        assert!(matches!(error.reason, Reason::Timeout(limit) if limit == short), "{error}");
        let error = fails(shell("printf '1|2|'; exec sleep 600").start_timeout(short)).await;
        assert!(matches!(&error.reason, Reason::Handshake { line, .. } if line == "1|2|"), "{error}");
        let error = fails(shell("exec >&-; exec sleep 600")).await;
        assert!(matches!(error.reason, Reason::Silent), "{error}");
    }

    #[tokio::test]
    async fn unreachable_address_is_an_error() {
        let error = fails(shell("echo '1|2|unix|/nonexistent|grpc'; exec sleep 600")).await;
        assert!(matches!(&error.reason, Reason::Connect { .. }));
        let text = error.to_string();
        assert!(text.contains("does not answer on the unix socket /nonexistent"), "{text}");
        assert!(text.contains("No such file"), "{text}");
    }

    #[tokio::test]
    async fn unsupported_handshake_error_lists_supported_values() {
        let tls = format!("1|2|unix|/tmp/p|grpc|{}", "M".repeat(60));
        for (line, said) in [
            ("1|1|unix|/tmp/p|grpc", "expected version 2 or 4 of the host's protocol, found 1"),
            ("1|2|unix|/tmp/p|netrpc", "expected the protocol `grpc`, found `netrpc`"),
            (&*tls, "the plugin requires TLS, which the host did not request"),
        ] {
            let builder = shell(&format!("echo '{line}'")).version(4).protocol(ProtocolType::Grpc);
            let Reason::Handshake { problem, .. } = fails(builder).await.reason else { panic!("{line}") };
            assert_eq!(problem, said);
        }
    }

    async fn handshake_error(builder: ClientBuilder) -> (String, String) {
        match fails(builder).await.reason {
            Reason::Handshake { line, problem } => (line, problem),
            other => panic!("{other:?}"),
        }
    }

    #[cfg(feature = "auto-mtls")]
    #[tokio::test]
    async fn tls_requires_certificates_of_both_sides() {
        let (line, _) = handshake_error(shell(r#"echo "$PLUGIN_CLIENT_CERT""#).auto_mtls()).await;
        assert_eq!(line, "-----BEGIN CERTIFICATE-----");
        let (_, problem) = handshake_error(shell("echo '1|2|unix|/tmp/p|grpc|'").auto_mtls()).await;
        assert_eq!(problem, "expected a certificate: the plugin does not support AutoMTLS");
    }

    #[cfg(feature = "broker")]
    #[tokio::test]
    async fn multiplexing_must_be_supported_by_grpc_plugins() {
        let (line, _) =
            handshake_error(shell(r#"echo "multiplex: $PLUGIN_MULTIPLEX_GRPC""#).multiplex()).await;
        assert_eq!(line, "multiplex: true");
        for line in ["1|2|unix|/tmp/p|grpc", "1|2|unix|/tmp/p|grpc||false"] {
            let (_, problem) = handshake_error(shell(&format!("echo '{line}'")).multiplex()).await;
            assert_eq!(
                problem,
                "the plugin does not support multiplexed connections, which the host requires"
            );
        }
        for line in ["1|2|unix|/nonexistent|grpc||true", "1|2|unix|/nonexistent|netrpc"] {
            let error = fails(shell(&format!("echo '{line}'; exec sleep 600")).multiplex()).await;
            assert!(matches!(error.reason, Reason::Connect { .. }), "{line}: {error}");
        }
    }

    #[tokio::test]
    async fn plugin_gets_the_environment_of_a_go_host() {
        let script = r#"echo "$BASIC_PLUGIN $PLUGIN_PROTOCOL_VERSIONS $PLUGIN_MIN_PORT $PLUGIN_MAX_PORT $A${B-none}$@""#;
        let builder = builder("/bin/sh")
            .version(1)
            .args(["-c", script, "sh", "--flag", "value"])
            .env("A", "a")
            .env("PLUGIN_MIN_PORT", "1")
            .env("B", "b")
            .env_remove("B");
        let Reason::Handshake { line, .. } = fails(builder).await.reason else { panic!() };
        assert_eq!(line, "hello 1,2 1 25000 anone--flag value");
    }
}
