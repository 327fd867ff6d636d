//! The common interface of gRPC and net/rpc (go-plugin's `protocol.go`, `ServerProtocol`).

use std::future::Future;

use tokio::io::{AsyncRead, AsyncWrite};

use super::{Controller, Stdio};

/// The configuration for serving a connection.
pub(crate) trait Protocol: Clone + Send + 'static {
    /// Receives the host's shutdown request.
    fn controller(&self) -> &Controller;

    /// The plugin's output.
    fn stdio(&self) -> &Stdio;

    /// Serves one connection until the host closes it.
    fn serve<IO>(self, io: IO) -> impl Future<Output = ()> + Send
    where
        IO: AsyncRead + AsyncWrite + Unpin + Send + 'static;
}
