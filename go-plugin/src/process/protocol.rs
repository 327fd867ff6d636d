//! The seam between gRPC and net/rpc (go-plugin's `protocol.go`, `ServerProtocol`).

use std::future::Future;

use tokio::io::{AsyncRead, AsyncWrite};

use super::{Controller, Stdio};

/// How a connection is served.
pub(crate) trait Protocol: Clone + Send + 'static {
    /// Receives the host's request for the end.
    fn controller(&self) -> &Controller;

    /// What the plugin's code prints.
    fn stdio(&self) -> &Stdio;

    /// Serves one connection until the host closes it.
    fn serve<IO>(self, io: IO) -> impl Future<Output = ()> + Send
    where
        IO: AsyncRead + AsyncWrite + Unpin + Send + 'static;
}
