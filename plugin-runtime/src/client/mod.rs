//! The other side of a plugin: starts its binary as its host does and calls it, typed.
//!
//! For the tests of a plugin, and for tools. It stands where Velero's plugin manager stands, or
//! EphemeralAccess's controller: the same environment and arguments, the same wire, the same reading of
//! logs and errors.
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
//! Client ─┬ process    its start, the handshake line, its end
//!         ├ logs       its stderr as log records
//!         ├ stdio      what its code prints
//!         └ connection ─ one handle for each kind of plugin ─ status: CallError
//! ```

#[cfg(not(unix))]
compile_error!("plugwright's feature `client` needs a unix: it reads a plugin's pipes as only unix can");

mod access_requester;
mod backup_item_action;
mod backup_item_action_v2;
mod builder;
mod connection;
mod convert;
mod delete_item_action;
mod handshake;
mod in_process;
mod item_block_action;
mod log_record;
mod logs;
mod object_store;
mod plugins;
mod process;
mod proto;
mod restore_item_action;
mod restore_item_action_v2;
mod start_error;
mod status;
mod stdio;
#[cfg(test)]
mod tests;
mod volume_snapshotter;

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;

pub use access_requester::AccessRequesterClient;
pub use backup_item_action::{BackupItemActionClient, BackupItemActionOutput};
pub use backup_item_action_v2::BackupItemActionV2Client;
pub use builder::ClientBuilder;
pub use delete_item_action::DeleteItemActionClient;
pub use item_block_action::ItemBlockActionClient;
pub use log_record::LogRecord;
pub use logs::LogStream;
pub use object_store::{ObjectReader, ObjectStoreClient, PutObjectError};
pub use plugins::PluginIdentifier;
pub use restore_item_action::{RestoreItemActionClient, RestoreItemActionOutput};
pub use restore_item_action_v2::RestoreItemActionV2Client;
pub use start_error::{StartError, StartErrorReason};
pub use status::{CallError, Code, Frame};
pub use stdio::Stdio;
pub use tracing::Level;
pub use volume_snapshotter::VolumeSnapshotterClient;

use connection::Connection;
use logs::Logs;
use process::Process;
use proto::plugin::Empty;
use proto::plugin::grpc_controller_client::GrpcControllerClient;

/// The name under which go-plugin asks for health (`grpc_server.go`, `GRPCServiceName`).
const HEALTH_SERVICE: &str = "plugin";
/// How long a plugin has for an orderly end (`client.go`, `Kill`).
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(2);

/// A plugin binary that runs, and the connection to it.
///
/// Its process ends with [`shutdown`](Self::shutdown), or is killed when this is dropped; handles
/// made from it then answer with errors.
pub struct Client {
    connection: Connection,
    /// None for plugins in this process.
    process: Option<Arc<Process>>,
    /// Where it listens.
    socket: Option<PathBuf>,
    logs: Arc<Logs>,
    printed: stdio::Collector,
    /// Ended by dropping.
    #[expect(dead_code)]
    tasks: JoinSet<()>,
}

impl Client {
    /// A plugin from this executable, to be started with [`ClientBuilder::start`].
    pub fn builder(path: impl Into<PathBuf>) -> ClientBuilder {
        ClientBuilder::new(path.into())
    }

    /// Asks whether the plugin is healthy, as go-plugin's `Ping` does.
    pub async fn ping(&self) -> Result<(), CallError> {
        use crate::go_plugin::grpc_proto::health::HealthCheckRequest;
        use crate::go_plugin::grpc_proto::health::health_check_response::ServingStatus;
        use crate::go_plugin::grpc_proto::health::health_client::HealthClient;

        if let (false, Some(rpc)) = (self.connection.is_grpc(), self.connection.rpc()) {
            return self.connection.rpc_answer(rpc.client().ping()).await;
        }
        let mut health = HealthClient::new(self.connection.channel());
        let request = HealthCheckRequest { service: HEALTH_SERVICE.into() };
        match self.connection.answer(health.check(request)).await?.status() {
            ServingStatus::Serving => Ok(()),
            other => Err(CallError::new(
                Code::Unavailable,
                format!("the plugin's health is {}", other.as_str_name()),
            )),
        }
    }

    /// What the plugin has logged so far, without what [`take_logs`](Self::take_logs) took. All that
    /// it wrote before it answered a call is there after that call.
    pub fn logs(&self) -> Vec<LogRecord> {
        self.logs.records()
    }

    /// As [`logs`](Self::logs), and forgets them. All records are kept until then.
    pub fn take_logs(&self) -> Vec<LogRecord> {
        self.logs.take()
    }

    /// All that the plugin logs from now on, as it comes.
    pub fn subscribe_logs(&self) -> LogStream {
        self.logs.subscribe().1
    }

    /// The first record, of those so far or of later ones, for which `wanted` holds. `None` where
    /// none comes within `limit`, or the plugin has ended.
    pub async fn wait_for_log(
        &self,
        limit: Duration,
        mut wanted: impl FnMut(&LogRecord) -> bool,
    ) -> Option<LogRecord> {
        let (so_far, mut stream) = self.logs.subscribe();
        if let Some(record) = so_far.into_iter().find(&mut wanted) {
            return Some(record);
        }
        let search = async {
            loop {
                match stream.recv().await {
                    Some(record) if wanted(&record) => break Some(record),
                    Some(_) => {}
                    None => break None,
                }
            }
        };
        tokio::time::timeout(limit, search).await.ok().flatten()
    }

    /// What the plugin's code has printed so far, as far as it has come here: other than log
    /// records, it may be a little late.
    pub fn stdio(&self) -> Stdio {
        self.printed.get()
    }

    /// As [`stdio`](Self::stdio), and forgets it.
    pub fn take_stdio(&self) -> Stdio {
        self.printed.take()
    }

    /// The process's number; `None` once it has ended, and for plugins in this process.
    pub fn id(&self) -> Option<u32> {
        self.process.as_ref()?.id()
    }

    /// Ends the plugin as Velero does: asks it to, and kills it after two seconds. The exit status
    /// of a plugin that had to be killed has a signal instead of a code.
    ///
    /// An error means that the end of the process could not be seen.
    pub async fn shutdown(&self) -> io::Result<ExitStatus> {
        let ask = async {
            // A plugin may end before its answer is out.
            if let Some(rpc) = self.connection.rpc() {
                let _ = rpc.client().quit().await;
            }
            if self.connection.is_grpc() {
                let mut controller = GrpcControllerClient::new(self.connection.channel());
                let _ = controller.shutdown(Empty {}).await;
            }
            match &self.process {
                Some(process) => process.wait().await,
                None => Ok(ExitStatus::default()),
            }
        };
        match (tokio::time::timeout(SHUTDOWN_TIMEOUT, ask).await, &self.process) {
            (Ok(ended), _) => ended,
            (Err(_), None) => Ok(ExitStatus::default()),
            (Err(_), Some(process)) => {
                process.kill();
                process.wait().await
            }
        }
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        if let Some(process) = &self.process {
            process.kill();
        }
        // A process that is killed cannot take it away itself.
        if let Some(socket) = &self.socket {
            let _ = std::fs::remove_file(socket);
        }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("id", &self.id()).finish_non_exhaustive()
    }
}
