//! The connection to a plugin, shared by all handles.

use std::fmt;
use std::future::Future;
use std::process::ExitStatus;
use std::sync::Arc;
use std::time::Duration;

use go_plugin::__private::Checked;
use go_plugin::client::Client as Plugin;
use tonic::transport::Channel;
use tonic::{Code as TonicCode, Response, Status};

use super::status::{CallError, Code};

/// The socket of a dying process closes slightly before its exit status is available.
const EXIT_LAG: Duration = Duration::from_millis(500);

#[derive(Clone)]
pub(super) struct Connection {
    channel: Channel,
    #[cfg(feature = "ephemeral-access")]
    rpc: Option<Arc<super::rpc::Rpc>>,
    /// `None` for a plugin in this process.
    plugin: Option<Arc<Plugin>>,
}

impl Connection {
    /// A gRPC plugin, in its own process or in this one.
    pub(super) fn grpc(channel: Channel, plugin: Option<Arc<Plugin>>) -> Self {
        Self {
            channel,
            #[cfg(feature = "ephemeral-access")]
            rpc: None,
            plugin,
        }
    }

    pub(super) fn channel(&self) -> Channel {
        self.channel.clone()
    }

    /// The channel of all calls.
    pub(super) fn checked(&self) -> Checked {
        Checked::new(self.channel())
    }

    pub(super) fn plugin(&self) -> Option<&Plugin> {
        self.plugin.as_deref()
    }

    /// Waits for the response. If the plugin has ended, the error says so.
    pub(super) async fn answer<T>(
        &self,
        call: impl Future<Output = Result<Response<T>, Status>>,
    ) -> Result<T, CallError> {
        match call.await {
            Ok(response) => Ok(response.into_inner()),
            Err(status) => Err(self.error(status).await),
        }
    }

    pub(super) async fn error(&self, status: Status) -> CallError {
        use std::error::Error as _;
        // tonic also returns Unknown, Internal or Cancelled if the connection breaks during a call.
        let broken = status.source().is_some() || status.code() == TonicCode::Unavailable;
        match self.exit(broken).await {
            Some(exit) => process_ended(exit),
            None => status.into(),
        }
    }

    async fn exit(&self, broken: bool) -> Option<ExitStatus> {
        self.plugin.as_ref().filter(|_| broken)?.exit_within(EXIT_LAG).await
    }
}

#[cfg(feature = "ephemeral-access")]
mod net_rpc {
    use go_plugin::net_rpc::{RpcClient, RpcError};

    use super::super::rpc::Rpc;
    use super::{Arc, CallError, Code, Connection, Future, Plugin, process_ended};

    impl Connection {
        /// A plugin that supports net/rpc but not gRPC.
        pub(in crate::client) fn net_rpc(plugin: Arc<Plugin>) -> Self {
            let channel = go_plugin::client::lazy_channel_over(|| async {
                Err::<tokio::net::UnixStream, _>(std::io::Error::other(
                    "the plugin was started for EphemeralAccess, not for Velero",
                ))
            });
            let rpc = Some(Arc::new(Rpc::of(Arc::clone(&plugin))));
            Self { channel, rpc, plugin: Some(plugin) }
        }

        /// With a second connection, for plugins in this process.
        pub(in crate::client) fn with_net_rpc(mut self, client: RpcClient) -> Self {
            self.rpc = Some(Arc::new(Rpc::in_process(client)));
            self
        }

        /// `None` if the plugin supports only gRPC.
        pub(in crate::client) fn rpc(&self) -> Option<&Rpc> {
            self.rpc.as_deref()
        }

        /// Waits for the response. If the plugin has ended, the error says so.
        pub(in crate::client) async fn rpc_answer<T>(
            &self,
            call: impl Future<Output = Result<T, RpcError>>,
        ) -> Result<T, CallError> {
            let error = match call.await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            Err(match error {
                RpcError::Reply(error) => CallError::bad_answer(error),
                // Go's texts for a missing service or method; other texts are the plugin's own.
                RpcError::Server(text) if text.starts_with("rpc: can't find") => {
                    CallError::new(Code::Unimplemented, text)
                }
                RpcError::Server(text) => CallError::new(Code::Unknown, text),
                ended => match self.exit(true).await {
                    Some(exit) => process_ended(exit),
                    None => CallError::new(Code::Unavailable, ended.to_string()),
                },
            })
        }
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").field("plugin", &self.plugin).finish_non_exhaustive()
    }
}

fn process_ended(exit: ExitStatus) -> CallError {
    CallError::new(Code::Unavailable, format!("the plugin's process has ended ({exit})"))
}
