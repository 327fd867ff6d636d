//! What gRPC and net/rpc have in common: connections that may be TLS ones, and the end (go-plugin's `protocol.go`,
//! `ServerProtocol`).

use std::future::Future;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::JoinSet;

use super::controller::Controller;
use super::listener::{Listener, Stream};
use super::stdio::Stdio;

/// How long the host may take to close its connection after it has asked for the end, which it does as soon as it has
/// the answer; until then it may still write, and it logs an error where nobody reads. It kills after two seconds.
const DRAIN: Duration = Duration::from_millis(100);

/// How long the host may take to connect again after its only connection has ended. Old hosts do not ask for the
/// end: they close the connection, wait for 250 ms, and kill (go-plugin of 2017, `client.go`, `Kill`), and a host that
/// was killed itself asks for nothing at all.
const LINGER: Duration = Duration::from_millis(50);

/// How a connection is wrapped before anything is spoken on it.
#[derive(Clone)]
pub(crate) enum Security {
    Plain,
    #[cfg(feature = "auto-mtls")]
    Tls(super::auto_mtls::Acceptor),
}

impl Security {
    /// Ours, as the handshake line has it; empty without TLS.
    pub(crate) fn certificate(&self) -> &str {
        match self {
            Self::Plain => "",
            #[cfg(feature = "auto-mtls")]
            Self::Tls(acceptor) => acceptor.certificate(),
        }
    }
}

/// How a host is spoken with.
pub(crate) trait Protocol: Clone + Send + 'static {
    /// As the handshake line has it.
    const NAME: &'static str;

    /// Hears of the host's wish for the end.
    fn controller(&self) -> &Controller;

    /// What the plugin's code prints.
    fn stdio(&self) -> &Stdio;

    /// Serves one connection until the host closes it.
    fn serve<IO>(self, io: IO) -> impl Future<Output = ()> + Send
    where
        IO: AsyncRead + AsyncWrite + Unpin + Send + 'static;
}

/// Serves until the host asks for the end or has closed its only connection, or the future is dropped.
pub(crate) async fn run<P: Protocol>(protocol: P, listener: Listener, security: Security) {
    let mut connections = JoinSet::new();
    let mut was_connected = false;
    loop {
        tokio::select! {
            () = protocol.controller().shutdown_asked() => break,
            () = tokio::time::sleep(LINGER), if was_connected && connections.is_empty() => {
                tracing::debug!("the host has closed its connection");
                break;
            }
            accepted = listener.accept() => match accepted {
                Ok(stream) => {
                    connections.spawn(connection(protocol.clone(), stream, security.clone()));
                }
                Err(error) => {
                    // Out of file descriptors, perhaps; the next one may do.
                    tracing::warn!(error = &error as &dyn std::error::Error, "cannot accept a connection");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            },
            Some(ended) = connections.join_next() => was_connected |= ended.unwrap_or(true),
        }
    }
    drop(listener);
    protocol.stdio().finish().await;
    let drained = async { while connections.join_next().await.is_some() {} };
    // Calls that are still busy are no reason to stay.
    let _ = tokio::time::timeout(DRAIN, drained).await;
}

/// Whether it was the host's.
async fn connection<P: Protocol>(protocol: P, stream: Stream, security: Security) -> bool {
    match security {
        Security::Plain => protocol.serve(stream).await,
        #[cfg(feature = "auto-mtls")]
        Security::Tls(acceptor) => match acceptor.accept(stream).await {
            Ok(stream) => protocol.serve(stream).await,
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "a host without the right certificate"
                );
                return false;
            }
        },
    }
    true
}
