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
        let io = self.accept_plain().await?.ok_or(io::ErrorKind::NotConnected)?;
        Ok(BrokeredConnection(self.security.accept(io).await?))
    }

    /// `None` if host and plugin are disconnected.
    async fn accept_plain(&mut self) -> io::Result<Option<BoxedIo>> {
        match &mut self.from {
            From::Socket(socket) => Ok(Some(Box::new(socket.accept().await?))),
            From::Mux(streams) => Ok(streams.next().await.map(|stream| Box::new(stream) as BoxedIo)),
        }
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
                Ok(Some(io)) => {
                    connections.spawn(serve_one(io, self.security.clone(), services.clone()));
                }
                Ok(None) => return Err(io::ErrorKind::NotConnected.into()),
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

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, BufWriter};

    use super::*;

    #[tokio::test]
    async fn accepted_connection_is_a_stream() {
        let (near, mut far) = tokio::io::duplex(64);
        // Like TLS, it may keep data until `flush`.
        let mut connection = BrokeredConnection(Box::new(BufWriter::new(near)));
        far.write_all(b"ping").await.unwrap();
        let mut read = [0; 4];
        connection.read_exact(&mut read).await.unwrap();
        assert_eq!(&read, b"ping");

        connection.write_all(b"pong").await.unwrap();
        connection.flush().await.unwrap();
        let mut answer = vec![0; 8];
        assert_eq!(far.try_read(&mut answer), Some(4));
        assert_eq!(&answer[..4], b"pong");

        connection.shutdown().await.unwrap();
        assert_eq!(far.try_read(&mut answer), Some(0));
    }

    trait TryRead {
        /// Reads the available data; `None` if there is none yet.
        fn try_read(&mut self, to: &mut [u8]) -> Option<usize>;
    }

    impl TryRead for tokio::io::DuplexStream {
        fn try_read(&mut self, to: &mut [u8]) -> Option<usize> {
            let mut to = ReadBuf::new(to);
            match Pin::new(self).poll_read(&mut Context::from_waker(std::task::Waker::noop()), &mut to) {
                Poll::Ready(read) => read.is_ok().then(|| to.filled().len()),
                Poll::Pending => None,
            }
        }
    }
}
