//! tonic channels over this crate's connections.

use std::error::Error;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use http::Uri;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tonic::transport::{Channel, Endpoint};
use tower_service::Service;

/// The receive window of a response.
const STREAM_WINDOW: u32 = 2 << 20;
/// h2 closes a connection with many small unread frames; how many depends on this window. A thousand
/// responses may arrive at once.
const CONNECTION_WINDOW: u32 = 64 << 20;

/// The maximum size of a response's headers, which contain the text of an error. grpc-go's (`http_util.go`,
/// `defaultClientMaxHeaderListSize`); hyper's is 16 KiB.
const MAX_HEADERS: u32 = 16 << 20;

/// The error of a connection attempt.
pub type ConnectError = Box<dyn Error + Send + Sync>;

/// Creates a gRPC channel over any stream, like go-plugin's `grpc_client.go`: without TLS, connected
/// immediately, and with the authority `unused`. `connect` is called again when the connection breaks.
///
/// With [`Server::serve_connection`](crate::Server::serve_connection) on the other end, tests can call
/// plugins in their own process.
pub async fn channel_over<F, Fut, IO>(connect: F) -> Result<Channel, ConnectError>
where
    F: Fn() -> Fut + Send + Sync + 'static,
    Fut: Future<Output = io::Result<IO>> + Send + 'static,
    IO: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let channel = endpoint().connect_with_connector(Connector(connect)).await;
    channel.map_err(|error| innermost(&error).to_string().into())
}

/// Like [`channel_over`], but connects on the first call.
#[cfg(feature = "client")]
pub fn lazy_channel_over<F, Fut, IO>(connect: F) -> Channel
where
    F: Fn() -> Fut + Send + Sync + 'static,
    Fut: Future<Output = io::Result<IO>> + Send + 'static,
    IO: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    endpoint().connect_with_connector_lazy(Connector(connect))
}

fn endpoint() -> Endpoint {
    Endpoint::from_static("http://unused")
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .http2_max_header_list_size(MAX_HEADERS)
}

/// tonic's own text only states that an error occurred.
fn innermost<'a>(error: &'a (dyn Error + 'static)) -> &'a (dyn Error + 'static) {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error
}

/// Creates a stream whenever tonic requests one, ignoring the address.
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
