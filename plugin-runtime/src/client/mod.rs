//! The host side of the protocol: starts a plugin's binary like its host does and calls it, typed.
//!
//! For tests of plugins, and for tools. It replaces Velero's plugin manager or EphemeralAccess's controller,
//! with the same environment and arguments, the same wire protocol, and the same handling of logs and errors.
//!
//! ```no_run
//! use plugwright::client::{Client, Level};
//! use plugwright::{Backup, Item};
//!
//! # async fn example() -> plugwright::Result<()> {
//! let client = Client::builder("target/debug/my-plugin").log_level(Level::DEBUG).start().await?;
//! let item = Item::from_json(r#"{"kind": "Pod", "metadata": {"name": "a", "namespace": "b"}}"#)?;
//! let output = client.backup_item_action("example.io/annotate").execute(&item, &Backup::default()).await?;
//! assert_eq!(output.item.annotation("example.io/seen"), Some("true"));
//! assert!(client.logs().iter().any(|record| record.message == "annotated"));
//! client.shutdown().await?;
//! # Ok(())
//! # }
//! ```
//!
//! ```text
//! Client ─┬ go_plugin::client  the process: its start, log records, output, end
//!         ├ connection ─ one handle for each kind of plugin ─ status: CallError
//!         └ chain  all item actions in Velero's order: whole backups and restores
//! ```

#[cfg(feature = "ephemeral-access")]
mod access_requester;
mod backup_item_action;
mod backup_item_action_v2;
mod builder;
pub mod chain;
mod connection;
mod convert;
mod delete_item_action;
mod host;
mod in_process;
mod item_block_action;
mod object_store;
mod plugins;
mod proto;
mod restore_item_action;
mod restore_item_action_v2;
#[cfg(feature = "ephemeral-access")]
mod rpc;
mod status;
#[cfg(test)]
mod tests;
mod volume_snapshotter;

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::time::Duration;

use go_plugin::client::ping;
pub use go_plugin::client::{LogRecord, LogStream, StartError, StartErrorReason, Stdio};

#[cfg(feature = "ephemeral-access")]
pub use access_requester::AccessRequesterClient;
pub use backup_item_action::{BackupItemActionClient, BackupItemActionOutput};
pub use backup_item_action_v2::BackupItemActionV2Client;
pub use builder::ClientBuilder;
pub use delete_item_action::DeleteItemActionClient;
pub use item_block_action::ItemBlockActionClient;
pub use object_store::{ObjectReader, ObjectStoreClient, PutObjectError};
pub use plugins::PluginIdentifier;
pub use restore_item_action::{RestoreItemActionClient, RestoreItemActionOutput};
pub use restore_item_action_v2::RestoreItemActionV2Client;
pub use status::{CallError, Code, Frame};
pub use tracing::Level;
pub use volume_snapshotter::VolumeSnapshotterClient;

use connection::Connection;

/// A running plugin binary and the connection to it.
///
/// The process ends with [`shutdown`](Self::shutdown), or is killed when this and all handles created from it
/// are dropped.
pub struct Client {
    connection: Connection,
}

impl Client {
    /// Configures a plugin of this executable; start it with [`ClientBuilder::start`].
    pub fn builder(path: impl Into<PathBuf>) -> ClientBuilder {
        ClientBuilder::new(path.into())
    }

    /// Checks that the plugin is healthy, like go-plugin's `Ping`.
    pub async fn ping(&self) -> Result<(), CallError> {
        let asked = match self.connection.plugin() {
            Some(plugin) => plugin.ping().await,
            None => ping(self.connection.channel()).await,
        };
        match asked {
            Ok(()) => Ok(()),
            Err(status) => Err(self.connection.error(status).await),
        }
    }

    /// Returns the records logged so far, except those already taken by [`take_logs`](Self::take_logs).
    /// Records written before the response to a call are available after that call. Plugins in this process
    /// have no log here.
    pub fn logs(&self) -> Vec<LogRecord> {
        self.connection.plugin().map(go_plugin::client::Client::logs).unwrap_or_default()
    }

    /// Takes the records returned by [`logs`](Self::logs). Records are kept until then.
    pub fn take_logs(&self) -> Vec<LogRecord> {
        self.connection.plugin().map(go_plugin::client::Client::take_logs).unwrap_or_default()
    }

    /// Streams all records logged from now on.
    pub fn subscribe_logs(&self) -> LogStream {
        self.connection.plugin().map(go_plugin::client::Client::subscribe_logs).unwrap_or_default()
    }

    /// Returns the first record, existing or new, for which `wanted` is true. `None` if there is no such
    /// record within `limit`, or if the plugin has ended.
    pub async fn wait_for_log(
        &self,
        limit: Duration,
        wanted: impl FnMut(&LogRecord) -> bool,
    ) -> Option<LogRecord> {
        self.connection.plugin()?.wait_for_log(limit, wanted).await
    }

    /// Returns the plugin's output to stdout and stderr so far. Unlike log records, it may arrive with a
    /// delay.
    pub fn stdio(&self) -> Stdio {
        self.connection.plugin().map(go_plugin::client::Client::stdio).unwrap_or_default()
    }

    /// Takes the output returned by [`stdio`](Self::stdio).
    pub fn take_stdio(&self) -> Stdio {
        self.connection.plugin().map(go_plugin::client::Client::take_stdio).unwrap_or_default()
    }

    /// Returns the process id; `None` once it has ended, and for plugins in this process.
    pub fn id(&self) -> Option<u32> {
        self.connection.plugin()?.id()
    }

    /// Stops the plugin like Velero: requests shutdown, and kills it after two seconds. The exit status of a
    /// killed plugin has a signal and no code.
    ///
    /// Fails if the end of the process could not be observed.
    pub async fn shutdown(&self) -> io::Result<ExitStatus> {
        match self.connection.plugin() {
            Some(plugin) => plugin.shutdown().await,
            None => Ok(ExitStatus::default()),
        }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("id", &self.id()).finish_non_exhaustive()
    }
}
