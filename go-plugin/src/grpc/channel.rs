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

#[cfg(test)]
#[cfg(feature = "client")]
mod tests {
    use std::sync::Mutex;

    use http::uri::PathAndQuery;
    use tonic::{Request, Response, Status};
    use tonic_prost::ProstCodec;

    use super::*;
    use crate::grpc::{Methods, Services, connection};

    const TEXT: usize = 1 << 20;

    /// Longer than the windows of HTTP/2, and than hyper's limit of headers.
    fn long() -> String {
        "x".repeat(TEXT)
    }

    #[tokio::test]
    async fn long_responses_and_error_texts_arrive() {
        let methods = Methods::new("test.Long")
            .unary("Response", async |_: Request<()>| Ok(Response::new(long())))
            .unary("Error", async |_: Request<()>| Err::<Response<()>, _>(Status::aborted(long())));
        let (near, far) = tokio::io::duplex(64 << 10);
        tokio::spawn(connection::serve(Services::new().add_methods(methods), far));
        let near = Mutex::new(Some(near));
        let channel = lazy_channel_over(move || {
            let near = near.lock().unwrap().take().ok_or(io::ErrorKind::NotConnected.into());
            std::future::ready(near)
        });
        let mut client = tonic::client::Grpc::new(channel);
        client.ready().await.unwrap();
        let path = PathAndQuery::from_static("/test.Long/Response");
        let response = client.unary(Request::new(()), path, ProstCodec::<(), String>::default()).await;
        assert!(response.unwrap().into_inner() == long());
        client.ready().await.unwrap();
        let path = PathAndQuery::from_static("/test.Long/Error");
        let error = client.unary(Request::new(()), path, ProstCodec::<(), ()>::default()).await.unwrap_err();
        assert_eq!((error.code(), error.message().len()), (tonic::Code::Aborted, TEXT));
    }

    #[tokio::test]
    async fn error_is_the_cause() {
        let refused = || std::future::ready(Err::<tokio::io::DuplexStream, _>(io::Error::other("refused")));
        assert_eq!(channel_over(refused).await.unwrap_err().to_string(), "refused");
    }
}
