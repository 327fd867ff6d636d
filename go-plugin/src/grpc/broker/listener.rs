//! Accepts connections for one number.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::task::JoinSet;

use super::mux::Streams;
use crate::grpc::{Services, connection};
use crate::transport::Listener as Socket;
use crate::transport::{BoxedIo, Security};

/// Accepts connections for a number of the [`Broker`](super::Broker) until it is dropped.
pub struct BrokerListener {
    from: From,
    security: Security,
}

enum From {
    Socket(Socket),
    Mux(Streams),
}

impl BrokerListener {
    pub(super) fn socket(socket: Socket, security: Security) -> Self {
        Self { from: From::Socket(socket), security }
    }

    pub(super) fn streams(streams: Streams, security: Security) -> Self {
        Self { from: From::Mux(streams), security }
    }

    /// Accepts the next connection, with TLS under AutoMTLS. An error concerns only that connection, except
    /// the kind `NotConnected`: host and plugin are disconnected.
    pub async fn accept(&mut self) -> io::Result<BrokeredConnection> {
        let io = self.accept_plain().await?;
        Ok(BrokeredConnection(self.security.accept(io).await?))
    }

    async fn accept_plain(&mut self) -> io::Result<BoxedIo> {
        Ok(match &mut self.from {
            From::Socket(socket) => Box::new(socket.accept().await?),
            From::Mux(streams) => Box::new(streams.next().await.ok_or(io::ErrorKind::NotConnected)?),
        })
    }

    /// Serves these services on every connection until the future is dropped. Returns an error when host and
    /// plugin are disconnected.
    pub async fn serve(mut self, services: Services) -> io::Result<()> {
        let mut connections = JoinSet::new();
        loop {
            let io = tokio::select! {
                io = self.accept_plain() => io,
                Some(_) = connections.join_next() => continue,
            };
            match io {
                Ok(io) => {
                    connections.spawn(serve_one(io, self.security.clone(), services.clone()));
                }
                Err(error) if error.kind() == io::ErrorKind::NotConnected => return Err(error),
                Err(error) => {
                    // File descriptors may be exhausted; the next attempt may succeed.
                    tracing::warn!(error = &error as &dyn std::error::Error, "cannot accept a connection");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            }
        }
    }
}

async fn serve_one(io: BoxedIo, security: Security, services: Services) {
    match security.accept(io).await {
        Ok(io) => {
            if let Err(error) = connection::serve(services, io).await {
                tracing::debug!(error = &error as &dyn std::error::Error, "a brokered connection ended");
            }
        }
        Err(error) => {
            let error = &error as &dyn std::error::Error;
            tracing::error!(error, "refused a brokered connection with an unexpected certificate");
        }
    }
}

impl fmt::Debug for BrokerListener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BrokerListener").finish_non_exhaustive()
    }
}

/// A connection that a [`BrokerListener`] accepted.
pub struct BrokeredConnection(BoxedIo);

impl fmt::Debug for BrokeredConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BrokeredConnection").finish_non_exhaustive()
    }
}

impl AsyncRead for BrokeredConnection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buffer)
    }
}

impl AsyncWrite for BrokeredConnection {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, data)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}
