//! How a plugin is started.

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::{ChildStdout, Command};
use tokio::task::JoinSet;
use tracing::Level;

use super::connection::{Connection, connect, connect_net_rpc};
use super::handshake::{Address, Host};
use super::logs::Logs;
use super::process::{Process, Spawned};
use super::stdio::{Collector, Origin};
use super::{Client, StartError, StartErrorReason, handshake};

/// go-plugin's `client.go`, `NewClient`.
const START_TIMEOUT: Duration = Duration::from_secs(60);
/// How much of a first line, and of what follows a bad one, is read. Go's `bufio.Scanner` gives up there.
const LINE_LIMIT: u64 = 64 * 1024;
/// For the rest of what an executable prints that turns out to be no plugin, and for its end.
const GRACE: Duration = Duration::from_millis(500);

/// How a plugin is started; made by [`Client::builder`].
#[derive(Debug, Clone)]
#[must_use = "nothing is started before `start`"]
pub struct ClientBuilder {
    path: PathBuf,
    host: Host,
    args: Vec<OsString>,
    env: Vec<(OsString, Option<OsString>)>,
    log_level: Option<Level>,
    start_timeout: Duration,
}

impl ClientBuilder {
    pub(super) fn new(path: PathBuf) -> Self {
        Self {
            path,
            host: Host::Velero,
            args: Vec::new(),
            env: Vec::new(),
            log_level: None,
            start_timeout: START_TIMEOUT,
        }
    }

    /// Starts the plugin as the controller of Argo CD EphemeralAccess does, and not as Velero: then it is
    /// [`Client::access_requester`] that can be called, and nothing else.
    pub fn ephemeral_access(mut self) -> Self {
        self.host = Host::EphemeralAccess;
        self
    }

    /// Adds an argument. Velero hands all of its own server's on, for instance `--features EnableCSI`.
    pub fn arg(mut self, arg: impl Into<OsString>) -> Self {
        self.args.push(arg.into());
        self
    }

    /// Adds arguments.
    pub fn args(mut self, args: impl IntoIterator<Item = impl Into<OsString>>) -> Self {
        self.args.extend(args.into_iter().map(Into::into));
        self
    }

    /// Sets a variable in the plugin's environment, which otherwise is this process's, as with Velero.
    ///
    /// `PLUGWRIGHT_HOST_VERSION` says which Velero the client is for the plugin: the newest, or `1.10` say, to see what
    /// an older one is given.
    pub fn env(mut self, key: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.env.push((key.into(), Some(value.into())));
        self
    }

    /// Takes a variable out of the plugin's environment.
    pub fn env_remove(mut self, key: impl Into<OsString>) -> Self {
        self.env.push((key.into(), None));
        self
    }

    /// What the plugin writes to its log: adds `--log-level`, or sets `EPHEMERAL_LOG_LEVEL`. Without it
    /// plugins log from `info` on.
    pub fn log_level(mut self, level: Level) -> Self {
        self.log_level = Some(level);
        self
    }

    /// How long the plugin has until it says where it listens: one minute by default, as with Velero.
    pub fn start_timeout(mut self, limit: Duration) -> Self {
        self.start_timeout = limit;
        self
    }

    /// Starts the plugin and connects to it. Must be called within a tokio runtime.
    pub async fn start(self) -> Result<Client, StartError> {
        let failed = |reason, stdout: String, logs: Option<&Logs>| StartError {
            path: self.path.clone(),
            host: self.host.name(),
            reason,
            stdout,
            stderr: logs.map(Logs::tail).unwrap_or_default(),
        };
        let Spawned { process, stdout, stderr } = Process::spawn(&mut self.command())
            .map_err(|error| failed(StartErrorReason::Spawn(error), String::new(), None))?;
        let guard = KillOnDrop(Some(process.clone()));
        let mut tasks = JoinSet::new();
        let logs = Logs::new(Some(stderr));
        tasks.spawn(logs.clone().run());

        let mut stdout = BufReader::new(stdout);
        let line = self
            .first_line(&mut stdout, &process)
            .await
            .map_err(|reason| failed(reason, String::new(), Some(&logs)))?;
        let address = match handshake::parse(&line, self.host) {
            Ok(address) => address,
            Err(problem) => {
                let rest = rest(&mut stdout, &process).await;
                let line = line.trim_end().to_owned();
                return Err(failed(StartErrorReason::Handshake { line, problem }, rest, Some(&logs)));
            }
        };
        let printed = Collector::default();
        tasks.spawn(printed.clone().follow_stdout(stdout));
        let connecting = async {
            Ok(match self.host {
                Host::Velero => Connection::new(connect(address.clone()).await?, Some(process.clone())),
                Host::EphemeralAccess => {
                    let (rpc, stdout, stderr) = connect_net_rpc(address.clone()).await?;
                    tasks.spawn(printed.clone().follow(stdout, Origin::Stdout));
                    tasks.spawn(printed.clone().follow(stderr, Origin::Stderr));
                    Connection::net_rpc(rpc, Some(process.clone()))
                }
            })
        };
        let connection = match tokio::time::timeout(self.start_timeout, connecting).await {
            Ok(Ok(connection)) => connection,
            Ok(Err(source)) => {
                let reason = StartErrorReason::Connect { address: address.to_string(), source };
                return Err(failed(reason, String::new(), Some(&logs)));
            }
            Err(_) => {
                let source = format!("no connection within {:?}", self.start_timeout).into();
                let reason = StartErrorReason::Connect { address: address.to_string(), source };
                return Err(failed(reason, String::new(), Some(&logs)));
            }
        };
        if self.host == Host::Velero {
            tasks.spawn(printed.clone().follow_service(connection.channel()));
        }
        guard.disarm();
        let socket = match address {
            Address::Unix(path) => Some(path),
            Address::Tcp(_) => None,
        };
        Ok(Client { connection, process: Some(process), socket, logs, printed, tasks })
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.path);
        for key in self.host.not_in_environment() {
            command.env_remove(key);
        }
        command.envs(self.host.environment());
        let level = self.log_level.map(|level| level.as_str().to_ascii_lowercase());
        if let (Host::EphemeralAccess, Some(level)) = (self.host, &level) {
            command.env("EPHEMERAL_LOG_LEVEL", level);
        }
        for (key, value) in &self.env {
            match value {
                Some(value) => command.env(key, value),
                None => command.env_remove(key),
            };
        }
        if let (Host::Velero, Some(level)) = (self.host, level) {
            command.arg("--log-level").arg(level);
        }
        command.args(&self.args);
        command
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

/// What else an executable says that is no plugin.
async fn rest(stdout: &mut BufReader<ChildStdout>, process: &Process) -> String {
    let mut rest = Vec::new();
    // What was read until the time is up is in `rest`.
    let _ = tokio::time::timeout(GRACE, stdout.take(LINE_LIMIT).read_to_end(&mut rest)).await;
    // Its stderr is complete with its end.
    process.wait_for(GRACE).await;
    String::from_utf8_lossy(&rest).into_owned()
}

/// Ends a process that did not become a plugin, also where `start` is cancelled.
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

    fn shell(script: &str) -> ClientBuilder {
        Client::builder("/bin/sh").args(["-c", script])
    }

    async fn fails(builder: ClientBuilder) -> StartError {
        match builder.start().await {
            Ok(_) => panic!("it started"),
            Err(error) => error,
        }
    }

    #[tokio::test]
    async fn what_cannot_be_started_is_an_error() {
        for (path, said) in [
            ("/nonexistent", "there is no such file"),
            ("/etc/passwd", "it is not executable"),
            ("/etc", "it is a directory"),
        ] {
            let error = fails(Client::builder(path)).await;
            assert!(matches!(error.reason, Reason::Spawn(_)));
            assert_eq!(error.to_string(), format!("cannot start {path}: {said}"));
        }
    }

    #[tokio::test]
    async fn an_executable_that_ends_is_quoted() {
        let error = fails(shell("echo usage >&2; exit 3")).await;
        assert!(matches!(error.reason, Reason::Exited(status) if status.code() == Some(3)));
        assert_eq!(
            error.to_string(),
            "/bin/sh is no plugin: it ended (exit status: 3) without a handshake line\nstderr:\n  usage"
        );
    }

    #[tokio::test]
    async fn an_executable_that_says_something_else_is_quoted() {
        let error = fails(shell("echo one; echo two; echo three >&2")).await;
        let Reason::Handshake { line, .. } = &error.reason else { panic!("{error:?}") };
        assert_eq!((line.as_str(), error.stdout.as_str(), error.stderr.as_str()), ("one", "two\n", "three"));
        assert!(
            error
                .to_string()
                .starts_with("/bin/sh is no plugin for Velero: its first line on stdout is `one`: a")
        );
    }

    #[tokio::test]
    async fn nothing_is_waited_for_without_end() {
        let short = Duration::from_millis(50);
        let error = fails(shell("echo hm >&2; exec sleep 600").start_timeout(short)).await;
        assert!(matches!(error.reason, Reason::Timeout(limit) if limit == short), "{error}");
        let error = fails(shell("printf '1|2|'; exec sleep 600").start_timeout(short)).await;
        assert!(matches!(&error.reason, Reason::Handshake { line, .. } if line == "1|2|"), "{error}");
        let error = fails(shell("exec >&-; exec sleep 600")).await;
        assert!(matches!(error.reason, Reason::Silent), "{error}");
    }

    #[tokio::test]
    async fn an_address_where_nobody_listens_is_an_error() {
        let error = fails(shell("echo '1|2|unix|/nonexistent|grpc'; exec sleep 600")).await;
        assert!(matches!(&error.reason, Reason::Connect { .. }));
        let text = error.to_string();
        assert!(text.contains("does not answer on the unix socket /nonexistent"), "{text}");
        assert!(text.contains("No such file"), "{text}");
    }

    #[tokio::test]
    async fn the_plugin_gets_what_velero_gives_it() {
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
}
