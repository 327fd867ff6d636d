//! A plugin binary that is started by us in a host's place.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::ValueEnum;
use plugwright::client::{CallError, Client, Code, Level, LogRecord, PluginIdentifier, StartError};
use plugwright::{Kind, ResourceSelector};

use crate::failure::Failure;

/// What a plugin shall write to its log.
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

/// In whose place a binary is started.
#[derive(Clone, Copy)]
pub(crate) enum Host {
    Velero,
    EphemeralAccess,
}

/// The oldest Velero that takes a binary with these plugins, and those that need it: a Velero that does not
/// know a kind refuses all of them.
pub(crate) fn min_velero<'a>(
    plugins: impl Iterator<Item = &'a PluginIdentifier> + Clone,
) -> Option<((u16, u16), Vec<&'a PluginIdentifier>)> {
    let version = plugins.clone().filter_map(|plugin| plugin.kind.min_velero()).max()?;
    Some((version, plugins.filter(|plugin| plugin.kind.min_velero() == Some(version)).collect()))
}

pub(crate) struct Session {
    path: PathBuf,
    level: Level,
    client: Client,
}

impl Session {
    pub(crate) async fn start(path: &Path, level: Level, host: Host) -> Result<Self, StartError> {
        // A name without a `/` is looked for in PATH; hosts never give one.
        let here = path.components().count() == 1 && path.is_file();
        let path = if here { Path::new(".").join(path) } else { path.to_owned() };
        let mut builder = Client::builder(&path).log_level(level);
        if let Host::EphemeralAccess = host {
            builder = builder.ephemeral_access();
        }
        let client = builder.start().await?;
        Ok(Self { path, level, client })
    }

    /// How long a binary takes to start as `EphemeralAccess`'s plugin; none if it has no access requester, without which it does not.
    pub(crate) async fn access_requester(path: &Path) -> Option<Duration> {
        let start = Instant::now();
        let session = Self::start(path, LogLevel::Error.into(), Host::EphemeralAccess).await.ok()?;
        let took = start.elapsed();
        let answers = session.client().ping().await.is_ok();
        session.end().await;
        answers.then_some(took)
    }

    /// As `start`; the failure says so where the binary is one for the other host only.
    pub(crate) async fn start_for(path: &Path, level: Level, host: Host) -> Result<Self, Failure> {
        let error = match Self::start(path, level, host).await {
            Ok(session) => return Ok(session),
            Err(error) => error,
        };
        let (other, problem) = match host {
            Host::Velero => (
                Host::EphemeralAccess,
                "is no plugin for Velero: it is one for EphemeralAccess, and is tried with --access-request",
            ),
            Host::EphemeralAccess => {
                (Host::Velero, "has no access requester: it is a plugin for Velero, and is tried with --item")
            }
        };
        let Ok(session) = Self::start(path, level, other).await else { return Err(error.into()) };
        session.end().await;
        Err(Failure::new(format!("{} {problem}", path.display())))
    }

    /// The client; a new one where the process has ended during an earlier call, as Velero does it.
    pub(crate) async fn restarted(&mut self) -> Result<&Client, Failure> {
        if self.client.id().is_none() {
            self.client = Client::builder(&self.path).log_level(self.level).start().await?;
        }
        Ok(&self.client)
    }

    /// The client, whether the process is still there or not: EphemeralAccess starts no second one.
    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    pub(crate) async fn plugins(&self) -> Result<Vec<PluginIdentifier>, Failure> {
        let listed = self.client.plugins().await;
        listed.map_err(|error| match error.code() {
            Code::Unimplemented => Failure::new(format!(
                "{} is a go-plugin, but none for Velero: it has no PluginLister",
                self.path.display()
            )),
            _ => Failure::new(format!("{} cannot list its plugins: {error}", self.path.display())),
        })
    }

    /// Which items a plugin is for; `None` for what has no selector.
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
            Kind::ObjectStore | Kind::VolumeSnapshotter | Kind::AccessRequester => return None,
        })
    }

    /// What the plugin has logged since the last time, at the session's level or above: Velero, too,
    /// leaves out what a plugin writes below its own level.
    pub(crate) fn take_logs(&self) -> Vec<LogRecord> {
        let mut logs = self.client.take_logs();
        logs.retain(|record| record.level <= self.level);
        logs
    }

    /// Ends the plugin; what it logged at its end.
    pub(crate) async fn end(self) -> Vec<LogRecord> {
        // Whichever way it ends, it has ended.
        let _ = self.client.shutdown().await;
        self.take_logs()
    }
}
