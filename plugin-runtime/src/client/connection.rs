//! The gRPC connection to a plugin, which all handles share.

use std::error::Error;
use std::fmt;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::process::ExitStatus;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::Uri;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};
use tokio::sync::OnceCell;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code as TonicCode, Response, Status};
use tower_service::Service;

use super::handshake::Address;
use super::process::Process;
use super::status::{CallError, Code};
use crate::go_plugin::net_rpc::client::{self as net_rpc, RpcError};
use crate::go_plugin::net_rpc::yamux::Stream;

/// A process that dies takes its socket along a little before its status can be read.
const EXIT_LAG: Duration = Duration::from_millis(500);

pub(super) type BoxError = Box<dyn Error + Send + Sync>;

#[derive(Clone)]
pub(super) struct Connection {
    channel: Channel,
    rpc: Option<Arc<Rpc>>,
    /// None for a plugin in this process.
    process: Option<Arc<Process>>,
}

/// A plugin that speaks net/rpc, and what was dispensed of it.
pub(super) struct Rpc {
    client: net_rpc::Client,
    plugin: OnceCell<net_rpc::Caller>,
}

impl Rpc {
    pub(super) fn client(&self) -> &net_rpc::Client {
        &self.client
    }

    /// The plugin of this name, dispensed once.
    pub(super) async fn plugin(&self, name: &str) -> Result<&net_rpc::Caller, RpcError> {
        self.plugin.get_or_try_init(|| self.client.dispense(name)).await
    }
}

impl Connection {
    pub(super) fn new(channel: Channel, process: Option<Arc<Process>>) -> Self {
        Self { channel, rpc: None, process }
    }

    /// To a plugin that speaks net/rpc and no gRPC.
    pub(super) fn net_rpc(client: net_rpc::Client, process: Option<Arc<Process>>) -> Self {
        let no_grpc = || async {
            Err::<UnixStream, _>(io::Error::other(
                "the plugin was started as EphemeralAccess does it, and not as Velero",
            ))
        };
        let channel = Endpoint::from_static("http://unused").connect_with_connector_lazy(Connector(no_grpc));
        Self::new(channel, process).with_net_rpc(client)
    }

    /// Another one to the same plugins.
    pub(super) fn with_net_rpc(mut self, client: net_rpc::Client) -> Self {
        self.rpc = Some(Arc::new(Rpc { client, plugin: OnceCell::new() }));
        self
    }

    /// None where the plugin speaks gRPC only.
    pub(super) fn rpc(&self) -> Option<&Rpc> {
        self.rpc.as_deref()
    }

    /// Whether the plugin speaks gRPC.
    pub(super) fn is_grpc(&self) -> bool {
        self.rpc.is_none() || self.process.is_none()
    }

    /// Waits for the answer; where it is an error because the plugin is gone, the error says so.
    pub(super) async fn rpc_answer<T>(
        &self,
        call: impl Future<Output = Result<T, RpcError>>,
    ) -> Result<T, CallError> {
        let error = match call.await {
            Ok(answer) => return Ok(answer),
            Err(error) => error,
        };
        Err(match error {
            RpcError::Ended => {
                if let Some(process) = &self.process
                    && let Some(exit) = process.wait_for(EXIT_LAG).await
                {
                    return Err(process_ended(exit));
                }
                CallError::new(Code::Unavailable, error.to_string())
            }
            RpcError::Reply(error) => CallError::bad_answer(error),
            // Go's texts for what a plugin does not have; other ones are the plugin's own.
            RpcError::Server(text) if text.starts_with("rpc: can't find") => {
                CallError::new(Code::Unimplemented, text)
            }
            RpcError::Server(text) => CallError::new(Code::Unknown, text),
        })
    }

    pub(super) fn channel(&self) -> Channel {
        self.channel.clone()
    }

    /// Waits for the answer; where it is an error because the plugin is gone, the error says so.
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
        // tonic answers Unknown, Internal or Cancelled, too, where the connection breaks amid a call.
        let broken = status.source().is_some() || status.code() == TonicCode::Unavailable;
        if let (true, Some(process)) = (broken, &self.process)
            && let Some(exit) = process.wait_for(EXIT_LAG).await
        {
            return process_ended(exit);
        }
        status.into()
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").field("process", &self.process).finish_non_exhaustive()
    }
}

fn process_ended(exit: ExitStatus) -> CallError {
    CallError::new(Code::Unavailable, format!("the plugin's process has ended ({exit})"))
}

/// Connects to the address of a handshake line, and opens net/rpc's own streams; the two are what the
/// plugin prints.
pub(super) async fn connect_net_rpc(address: Address) -> Result<(net_rpc::Client, Stream, Stream), BoxError> {
    Ok(match address {
        Address::Unix(path) => net_rpc::Client::start(UnixStream::connect(path).await?)?,
        Address::Tcp(address) => net_rpc::Client::start(TcpStream::connect(address).await?)?,
    })
}

/// Connects to the address of a handshake line.
pub(super) async fn connect(address: Address) -> Result<Channel, BoxError> {
    match address {
        Address::Unix(path) => {
            connect_with(move || {
                let path = path.clone();
                async move { UnixStream::connect(path).await }
            })
            .await
        }
        Address::Tcp(address) => connect_with(move || TcpStream::connect(address)).await,
    }
}

/// Connects as go-plugin's `grpc_client.go` does: without TLS, at once, and to the authority `unused`.
/// `connect` is called again where the connection breaks.
pub(super) async fn connect_with<F, Fut, IO>(connect: F) -> Result<Channel, BoxError>
where
    F: Fn() -> Fut + Send + Sync + 'static,
    Fut: Future<Output = io::Result<IO>> + Send + 'static,
    IO: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let endpoint = Endpoint::from_static("http://unused").http2_adaptive_window(true);
    let channel = endpoint.connect_with_connector(Connector(connect)).await;
    channel.map_err(|error| innermost(&error).to_string().into())
}

/// tonic's own texts only say that there was an error.
fn innermost<'a>(error: &'a (dyn Error + 'static)) -> &'a (dyn Error + 'static) {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error
}

/// Makes a stream whenever tonic wants one, whatever the address is that it thinks of.
struct Connector<F>(F);

impl<F, Fut, IO> Service<Uri> for Connector<F>
where
    F: Fn() -> Fut,
    Fut: Future<Output = io::Result<IO>> + Send + 'static,
{
    type Response = TokioIo<IO>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<TokioIo<IO>>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Uri) -> Self::Future {
        let connecting = (self.0)();
        Box::pin(async move { Ok(TokioIo::new(connecting.await?)) })
    }
}
