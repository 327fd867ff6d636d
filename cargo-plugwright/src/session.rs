//! Runs a plugin binary as a host does.

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::ValueEnum;
use plugwright::client::{
    CallError, Client, Code, Level, LogRecord, PluginIdentifier, StartError, StartErrorReason,
};
use plugwright::{Kind, ResourceSelector};

use crate::cluster::Cluster;
use crate::failure::Failure;
use crate::patience;

/// Explains why a binary made with Plugwright may have no plugins.
pub(crate) const NO_PLUGINS: &str =
    "A plugin in a library crate is linked only if `main` names the crate: `plugwright::main!(the_library)`";

/// The lowest level of log records to show.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum LogLevel {
    Trace,
    Debug,
    Info,
    Warn,
    Error,
}

impl From<LogLevel> for Level {
    fn from(level: LogLevel) -> Self {
        match level {
            LogLevel::Trace => Level::TRACE,
            LogLevel::Debug => Level::DEBUG,
            LogLevel::Info => Level::INFO,
            LogLevel::Warn => Level::WARN,
            LogLevel::Error => Level::ERROR,
        }
    }
}

/// The host that starts a binary.
#[derive(Clone, Copy)]
pub(crate) enum Host {
    Velero,
    EphemeralAccess,
}

/// The oldest Velero that supports all of these plugins, and the plugins that require it.
pub(crate) fn min_velero<'a>(
    plugins: impl Iterator<Item = &'a PluginIdentifier> + Clone,
) -> Option<((u16, u16), Vec<&'a PluginIdentifier>)> {
    let version = plugins.clone().filter_map(|plugin| plugin.kind.min_velero()).max()?;
    Some((version, plugins.filter(|plugin| plugin.kind.min_velero() == Some(version)).collect()))
}

/// How processes of a binary are started.
pub(crate) struct Launch {
    path: PathBuf,
    level: Level,
    host: Host,
    /// The limit for a start.
    timeout: Option<Duration>,
    cluster: Option<Cluster>,
}

pub(crate) struct Session {
    launch: Launch,
    client: Client,
    /// The number of printed lines below the level.
    hidden: Cell<usize>,
}

impl Launch {
    pub(crate) fn new(path: &Path, level: Level, host: Host) -> Self {
        // Prevent a lookup in PATH: hosts always use paths.
        let here = path.components().count() == 1 && path.is_file();
        let path = if here { Path::new(".").join(path) } else { path.to_owned() };
        Self { path, level, host, timeout: None, cluster: None }
    }

    /// With a limit for each start.
    pub(crate) fn timeout(mut self, limit: Option<Duration>) -> Self {
        self.timeout = limit;
        self
    }

    /// With a cluster for the plugin's Kubernetes client.
    pub(crate) fn cluster(mut self, cluster: Option<Cluster>) -> Self {
        self.cluster = cluster;
        self
    }

    async fn client(&self) -> Result<Client, StartError> {
        // Printed lines are debug records: those below the level are counted.
        let mut builder = Client::builder(&self.path).log_level(self.level.max(Level::DEBUG));
        if let Host::EphemeralAccess = self.host {
            builder = builder.ephemeral_access();
        }
        if let Some(timeout) = self.timeout {
            builder = builder.start_timeout(timeout);
        }
        for (variable, value) in self.cluster.iter().flat_map(Cluster::variables) {
            builder = builder.env(variable, value);
        }
        let notice = format!("{} has not written its handshake line yet", self.path.display());
        patience::watch(notice, builder.start()).await
    }
}

impl Session {
    pub(crate) async fn start(path: &Path, level: Level, host: Host) -> Result<Self, StartError> {
        Self::of(Launch::new(path, level, host)).await
    }

    async fn of(launch: Launch) -> Result<Self, StartError> {
        let client = launch.client().await?;
        Ok(Self { launch, client, hidden: Cell::new(0) })
    }

    /// Starts a binary as a plugin of EphemeralAccess. Returns the time, or `None` without an access requester.
    pub(crate) async fn access_requester(path: &Path) -> Option<Duration> {
        let start = Instant::now();
        let session = Self::start(path, LogLevel::Error.into(), Host::EphemeralAccess).await.ok()?;
        let took = start.elapsed();
        let answers = session.client().ping().await.is_ok();
        session.end().await;
        answers.then_some(took)
    }

    /// Like `start`, but an error mentions if the binary is for the other host.
    pub(crate) async fn start_for(launch: Launch) -> Result<Self, Failure> {
        let (path, level, host) = (launch.path.clone(), launch.level, launch.host);
        let error = match Self::of(launch).await {
            Ok(session) => return Ok(session),
            Err(error) if hangs(&error) => return Err(error.into()),
            Err(error) => error,
        };
        let (other, problem) = match host {
            Host::Velero => (
                Host::EphemeralAccess,
                "has no plugin for Velero; it is an access requester: use --access-request",
            ),
            Host::EphemeralAccess => {
                (Host::Velero, "has no access requester; it is a plugin for Velero: use --item")
            }
        };
        let Ok(session) = Self::start(&path, level, other).await else { return Err(error.into()) };
        session.end().await;
        Err(Failure::new(format!("{} {problem}", path.display())))
    }

    /// The binary.
    pub(crate) fn path(&self) -> &Path {
        &self.launch.path
    }

    /// The client. Restarts the process if it exited during an earlier call, as Velero does.
    pub(crate) async fn restarted(&mut self) -> Result<&Client, Failure> {
        if self.client.id().is_none() {
            self.restart().await?;
        }
        Ok(&self.client)
    }

    /// Replaces the process, even if it hangs.
    pub(crate) async fn restart(&mut self) -> Result<(), Failure> {
        self.client = self.launch.client().await?;
        Ok(())
    }

    /// The client, even if the process has exited: EphemeralAccess does not restart it.
    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    pub(crate) async fn plugins(&self) -> Result<Vec<PluginIdentifier>, Failure> {
        let listed = self.client.plugins().await;
        listed.map_err(|error| match error.code() {
            Code::Unimplemented => Failure::new(format!(
                "{} uses go-plugin, but is not a plugin for Velero: it does not implement PluginLister",
                self.launch.path.display()
            )),
            _ => Failure::new(format!("{} cannot list its plugins: {error}", self.launch.path.display())),
        })
    }

    /// The selector of a plugin; `None` for kinds without one.
    pub(crate) async fn applies_to(
        &self,
        plugin: &PluginIdentifier,
    ) -> Option<Result<ResourceSelector, CallError>> {
        let (client, name) = (&self.client, plugin.name.as_str());
        Some(match plugin.kind {
            Kind::BackupItemAction => client.backup_item_action(name).applies_to().await,
            Kind::BackupItemActionV2 => client.backup_item_action_v2(name).applies_to().await,
            Kind::RestoreItemAction => client.restore_item_action(name).applies_to().await,
            Kind::RestoreItemActionV2 => client.restore_item_action_v2(name).applies_to().await,
            Kind::DeleteItemAction => client.delete_item_action(name).applies_to().await,
            Kind::ItemBlockAction => client.item_block_action(name).applies_to().await,
            _ => return None,
        })
    }

    /// The new records at the session's level or above. Velero also omits records below its own level.
    pub(crate) fn take_logs(&self) -> Vec<LogRecord> {
        let mut logs = self.client.take_logs();
        logs.retain(|record| {
            let is_shown = record.level <= self.launch.level;
            // Plugwright marks lines of `println!` with this field.
            let is_printed = record.field("stream").is_some();
            self.hidden.set(self.hidden.get() + usize::from(is_printed && !is_shown));
            is_shown
        });
        logs
    }

    /// The number of printed lines that `take_logs` omitted.
    pub(crate) fn hidden_lines(&self) -> usize {
        self.hidden.get()
    }

    /// Shuts down the plugin; returns the last records.
    pub(crate) async fn end(&self) -> Vec<LogRecord> {
        // On an error, only the exit status is unknown.
        let _ = self.client.shutdown().await;
        self.take_logs()
    }
}

/// Whether another attempt, as another host, would also time out.
pub(crate) fn hangs(error: &StartError) -> bool {
    matches!(error.reason, StartErrorReason::Timeout(_))
}
