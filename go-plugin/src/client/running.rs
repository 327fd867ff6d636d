//! A plugin that runs.

use std::fmt;
use std::io;
use std::process::ExitStatus;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tonic::Status;
use tonic::transport::Channel;

use super::connect::Connection;
use super::log_record::LogRecord;
use super::logs::{LogStream, Logs};
use super::process::Process;
use super::stdio::{Collector, Stdio};
use crate::proto::health::HealthCheckRequest;
use crate::proto::health::health_check_response::ServingStatus;
use crate::proto::health::health_client::HealthClient;
use crate::proto::plugin::Empty;
use crate::proto::plugin::grpc_controller_client::GrpcControllerClient;
use crate::{Address, HandshakeLine};

/// The name under which go-plugin asks for health (`grpc_server.go`, `GRPCServiceName`).
const HEALTH_SERVICE: &str = "plugin";
/// How long a plugin has for an orderly end (`client.go`, `Kill`).
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(2);

/// A plugin that runs, and the connection to it.
///
/// Its process ends with [`shutdown`](Self::shutdown), or is killed when this is dropped. A plugin that was
/// [reattached](Self::reattach) to stays then.
pub struct Client {
    pub(super) line: HandshakeLine,
    pub(super) connection: Connection,
    pub(super) process: Arc<Process>,
    pub(super) logs: Arc<Logs>,
    pub(super) printed: Collector,
    /// Ended by dropping.
    pub(super) _tasks: JoinSet<()>,
}

impl Client {
    /// The plugin's handshake line: the version that was negotiated, the protocol, the address.
    pub fn handshake(&self) -> &HandshakeLine {
        &self.line
    }

    /// The gRPC channel, for the clients that tonic generates. `None` if the plugin speaks net/rpc.
    pub fn channel(&self) -> Option<Channel> {
        match &self.connection {
            Connection::Grpc { channel, .. } => Some(channel.clone()),
            #[cfg(feature = "net-rpc")]
            Connection::NetRpc(_) => None,
        }
    }

    /// Further gRPC connections, in either direction. `None` if the plugin speaks net/rpc.
    #[cfg(feature = "broker")]
    pub fn broker(&self) -> Option<crate::grpc::Broker> {
        match &self.connection {
            Connection::Grpc { broker, .. } => Some(broker.clone()),
            #[cfg(feature = "net-rpc")]
            Connection::NetRpc(_) => None,
        }
    }

    /// The net/rpc connection. `None` if the plugin speaks gRPC.
    #[cfg(feature = "net-rpc")]
    pub fn net_rpc(&self) -> Option<&crate::net_rpc::RpcClient> {
        match &self.connection {
            Connection::Grpc { .. } => None,
            Connection::NetRpc(client) => Some(client),
        }
    }

    /// Asks whether the plugin is healthy, as go-plugin's `Ping` does.
    pub async fn ping(&self) -> Result<(), Status> {
        match &self.connection {
            Connection::Grpc { channel, .. } => ping(channel.clone()).await,
            #[cfg(feature = "net-rpc")]
            Connection::NetRpc(client) => {
                client.ping().await.map_err(|error| Status::unavailable(error.to_string()))
            }
        }
    }

    /// The log records so far, except those that [`take_logs`](Self::take_logs) took. Whatever the plugin wrote before
    /// it answered a call is among them after that call.
    pub fn logs(&self) -> Vec<LogRecord> {
        self.logs.records()
    }

    /// [`logs`](Self::logs), and removes them. All records are kept until then.
    pub fn take_logs(&self) -> Vec<LogRecord> {
        self.logs.take()
    }

    /// All records from now on.
    pub fn subscribe_logs(&self) -> LogStream {
        self.logs.subscribe().1
    }

    /// The first record, of those so far or of later ones, for which `wanted` holds. `None` if no such record comes
    /// within `limit`, or the plugin has ended.
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

    /// What the plugin's code has printed so far. It may arrive a little late, other than log records.
    pub fn stdio(&self) -> Stdio {
        self.printed.get()
    }

    /// [`stdio`](Self::stdio), and removes it.
    pub fn take_stdio(&self) -> Stdio {
        self.printed.take()
    }

    /// The process's id; `None` once it has ended.
    pub fn id(&self) -> Option<u32> {
        self.process.id()
    }

    /// The exit status, if the process ends within this time.
    pub async fn exit_within(&self, limit: Duration) -> Option<ExitStatus> {
        self.process.wait_for(limit).await
    }

    /// Ends the process at once, without asking it.
    pub fn kill(&self) {
        self.process.kill();
    }

    /// Ends the plugin as a Go host does: asks it to end, and kills it after two seconds. The exit status of a plugin
    /// that had to be killed has a signal and no code.
    ///
    /// An error means that the end of the process could not be observed.
    pub async fn shutdown(&self) -> io::Result<ExitStatus> {
        let ask = async {
            // A plugin may end before its answer is out.
            match &self.connection {
                Connection::Grpc { channel, .. } => {
                    let _ = GrpcControllerClient::new(channel.clone()).shutdown(Empty {}).await;
                }
                #[cfg(feature = "net-rpc")]
                Connection::NetRpc(client) => {
                    let _ = client.quit().await;
                }
            }
            self.process.wait().await
        };
        if let Ok(ended) = tokio::time::timeout(SHUTDOWN_TIMEOUT, ask).await {
            return ended;
        }
        self.process.kill();
        self.process.wait().await
    }
}

/// Asks for the health of whatever is behind this channel, as go-plugin's `Ping` does (`grpc_client.go`).
pub async fn ping(channel: Channel) -> Result<(), Status> {
    let request = HealthCheckRequest { service: HEALTH_SERVICE.into() };
    match HealthClient::new(channel).check(request).await?.into_inner().status() {
        ServingStatus::Serving => Ok(()),
        other => Err(Status::unavailable(format!("the plugin's health is {}", other.as_str_name()))),
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        if !self.process.is_ours() {
            return;
        }
        self.process.kill();
        // A process that is killed cannot remove its socket.
        if let Address::Unix(socket) = &self.line.address {
            let _ = std::fs::remove_file(socket);
        }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("id", &self.id())
            .field("handshake", &self.line)
            .finish_non_exhaustive()
    }
}
