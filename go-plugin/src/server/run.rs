//! Connections, and their end: what gRPC and net/rpc have in common (go-plugin's `protocol.go`, `ServerProtocol`).

use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::JoinSet;

use crate::Environment;
#[cfg(feature = "broker")]
use crate::grpc::{Broker, Mux, Settings};
use crate::process::Protocol;
#[cfg(feature = "broker")]
use crate::transport::BoxedIo;
use crate::transport::{Listener, Security, Stream};
#[cfg(feature = "broker")]
use crate::yamux::Role;

/// How long the host may take to close its connection after it has requested the end. It closes as soon as it has the
/// answer; until then it may still write, and it logs an error where nobody reads. It kills after two seconds.
const DRAIN: Duration = Duration::from_millis(100);

/// How long the host may take to connect again after its only connection has ended. Old hosts do not request the end:
/// they close the connection, wait for 250 ms, and kill (go-plugin of 2017, `client.go`, `Kill`). A host that was killed
/// itself requests nothing at all.
const LINGER: Duration = Duration::from_millis(50);

/// Why serving ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ended {
    /// The host requested it, or the `shutdown` of [`Server::serve_with_shutdown`](super::Server::serve_with_shutdown)
    /// is ready. A Go host waits two seconds for the process to exit, then kills it (`client.go`, `Kill`).
    Shutdown,
    /// The host closed its only connection, or is gone; only with
    /// [`Server::exit_on_disconnect`](super::Server::exit_on_disconnect).
    Disconnected,
    /// SIGTERM.
    Signal,
}

/// What is below a connection's protocol.
#[derive(Clone)]
pub(super) struct Transport {
    pub(super) security: Security,
    /// All streams of the protocol are within one connection.
    #[cfg(feature = "broker")]
    pub(super) mux: Option<Mux>,
}

impl Transport {
    #[cfg(feature = "broker")]
    pub(super) fn broker(&self, environment: Environment, tcp: bool) -> Broker {
        let Self { security, mux } = self.clone();
        Broker::new(Settings { environment, tcp, security, mux })
    }

    #[cfg(not(feature = "broker"))]
    #[allow(clippy::unused_self)]
    pub(super) fn broker(&self, _: Environment, _: bool) -> crate::grpc::NoBroker {
        crate::grpc::NoBroker
    }
}

/// Serves until the host requests the end, or has closed its only connection if that is the end, too.
pub(super) async fn run<P: Protocol>(
    protocol: P,
    listener: Listener,
    transport: Transport,
    exit_on_disconnect: bool,
) -> Ended {
    let mut connections = JoinSet::new();
    let mut was_connected = false;
    let ended = loop {
        tokio::select! {
            () = protocol.controller().shutdown_requested() => break Ended::Shutdown,
            () = tokio::time::sleep(LINGER), if exit_on_disconnect && was_connected && connections.is_empty() => {
                tracing::debug!("the host has closed its connection");
                break Ended::Disconnected;
            }
            accepted = listener.accept() => match accepted {
                Ok(stream) => {
                    connections.spawn(connection(protocol.clone(), stream, transport.clone()));
                }
                Err(error) => {
                    // File descriptors may have run out; the next attempt may succeed.
                    tracing::warn!(error = &error as &dyn std::error::Error, "cannot accept a connection");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            },
            Some(ended) = connections.join_next() => was_connected |= ended.unwrap_or(true),
        }
    };
    drop(listener);
    protocol.stdio().finish().await;
    let drained = async { while connections.join_next().await.is_some() {} };
    // Calls that are still busy are no reason to stay.
    let _ = tokio::time::timeout(DRAIN, drained).await;
    ended
}

/// Whether it was the host's.
async fn connection<P: Protocol>(protocol: P, stream: Stream, transport: Transport) -> bool {
    #[cfg(feature = "broker")]
    if let Some(mux) = transport.mux {
        let serve = move |stream| {
            let (protocol, security) = (protocol.clone(), transport.security.clone());
            async move {
                let stream: BoxedIo = Box::new(stream);
                serve(protocol, stream, security).await;
            }
        };
        mux.run(stream, Role::Server, serve).await;
        return true;
    }
    serve(protocol, stream, transport.security).await
}

/// Whether it was the host's.
async fn serve<P: Protocol>(
    protocol: P,
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    security: Security,
) -> bool {
    match security {
        Security::Plain => protocol.serve(stream).await,
        #[cfg(feature = "auto-mtls")]
        Security::Tls(tls) => match tls.accept(stream).await {
            Ok(stream) => protocol.serve(stream).await,
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "a connection without the host's certificate was refused"
                );
                return false;
            }
        },
    }
    true
}
