//! A running plugin.

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
use crate::grpc::checked::Checked;
use crate::proto::health::HealthCheckRequest;
use crate::proto::health::health_check_response::ServingStatus;
use crate::proto::health::health_client::HealthClient;
use crate::proto::plugin::Empty;
use crate::proto::plugin::grpc_controller_client::GrpcControllerClient;
use crate::{Address, HandshakeLine};

/// The service name in go-plugin's health checks (`grpc_server.go`, `GRPCServiceName`).
const HEALTH_SERVICE: &str = "plugin";
/// The time for a graceful shutdown of a plugin (`client.go`, `Kill`).
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(2);

/// A running plugin and the connection to it.
///
/// The process ends with [`shutdown`](Self::shutdown), or is killed when this is dropped. A plugin that was
/// [reattached](Self::reattach) to is not killed.
pub struct Client {
    pub(super) line: HandshakeLine,
    pub(super) connection: Connection,
    pub(super) process: Arc<Process>,
    pub(super) logs: Arc<Logs>,
    pub(super) printed: Collector,
    /// Aborted on drop.
    pub(super) _tasks: JoinSet<()>,
}

impl Client {
    /// Returns the plugin's handshake line: the negotiated version, the protocol, the address.
    pub fn handshake(&self) -> &HandshakeLine {
        &self.line
    }

    /// Returns the gRPC channel, for tonic's generated clients. `None` if the plugin uses net/rpc.
    pub fn channel(&self) -> Option<Channel> {
        match &self.connection {
            Connection::Grpc { channel, .. } => Some(channel.clone()),
            #[cfg(feature = "net-rpc")]
            Connection::NetRpc(_) => None,
        }
    }

    /// Returns the broker for further gRPC connections. `None` if the plugin uses net/rpc.
    #[cfg(feature = "broker")]
    pub fn broker(&self) -> Option<crate::grpc::Broker> {
        match &self.connection {
            Connection::Grpc { broker, .. } => Some(broker.clone()),
            #[cfg(feature = "net-rpc")]
            Connection::NetRpc(_) => None,
        }
    }

    /// Returns the net/rpc connection. `None` if the plugin uses gRPC.
    #[cfg(feature = "net-rpc")]
    pub fn net_rpc(&self) -> Option<&crate::net_rpc::RpcClient> {
        match &self.connection {
            Connection::Grpc { .. } => None,
            Connection::NetRpc(client) => Some(client),
        }
    }

    /// Checks that the plugin is healthy, like go-plugin's `Ping`.
    pub async fn ping(&self) -> Result<(), Status> {
        match &self.connection {
            Connection::Grpc { channel, .. } => ping(channel.clone()).await,
            #[cfg(feature = "net-rpc")]
            Connection::NetRpc(client) => {
                client.ping().await.map_err(|error| Status::unavailable(error.to_string()))
            }
        }
    }

    /// Returns the records logged so far, except those already taken by [`take_logs`](Self::take_logs).
    /// Records written before the response to a call are available after that call.
    pub fn logs(&self) -> Vec<LogRecord> {
        self.logs.records()
    }

    /// Takes the records returned by [`logs`](Self::logs). Records are kept until then.
    pub fn take_logs(&self) -> Vec<LogRecord> {
        self.logs.take()
    }

    /// Streams all records from now on.
    pub fn subscribe_logs(&self) -> LogStream {
        self.logs.subscribe().1
    }

    /// Returns the first record, existing or new, for which `wanted` is true. Returns `None` after `limit`, or
    /// when the plugin has exited.
    pub async fn wait_for_log(
        &self,
        limit: Duration,
        wanted: impl FnMut(&LogRecord) -> bool,
    ) -> Option<LogRecord> {
        self.logs.wait_for(limit, wanted).await
    }

    /// Returns the plugin's output to stdout and stderr so far. Unlike log records, it may arrive with a
    /// delay.
    pub fn stdio(&self) -> Stdio {
        self.printed.get()
    }

    /// Takes the output returned by [`stdio`](Self::stdio).
    pub fn take_stdio(&self) -> Stdio {
        self.printed.take()
    }

    /// Returns the process id; `None` once it has exited.
    pub fn id(&self) -> Option<u32> {
        self.process.id()
    }

    /// Returns the exit status if the process exits within this time.
    pub async fn exit_within(&self, limit: Duration) -> Option<ExitStatus> {
        self.process.wait_for(limit).await
    }

    /// Kills the process without requesting shutdown.
    pub fn kill(&self) {
        self.process.kill();
    }

    /// Stops the plugin like a Go host: requests shutdown, and kills it after two seconds. The exit status of
    /// a killed plugin has a signal and no code.
    ///
    /// Fails if the exit of the process could not be observed.
    pub async fn shutdown(&self) -> io::Result<ExitStatus> {
        let ask = async {
            // A plugin may exit before it sends its response.
            match &self.connection {
                Connection::Grpc { channel, .. } => {
                    let _ = GrpcControllerClient::new(Checked::new(channel.clone())).shutdown(Empty {}).await;
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

/// Checks the health of the service behind this channel, like go-plugin's `Ping` (`grpc_client.go`).
pub async fn ping(channel: Channel) -> Result<(), Status> {
    let request = HealthCheckRequest { service: HEALTH_SERVICE.into() };
    match HealthClient::new(Checked::new(channel)).check(request).await?.into_inner().status() {
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
        // A killed process cannot remove its socket.
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
