//! A connection from the host, over either network.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
#[cfg(unix)]
use tokio::net::UnixStream;

/// A single type for both, so that the code that serves a connection is compiled once.
pub(crate) enum Stream {
    #[cfg(unix)]
    Unix(UnixStream),
    Tcp(TcpStream),
}

macro_rules! of_either {
    ($self:ident, $stream:ident => $call:expr) => {
        match $self.get_mut() {
            #[cfg(unix)]
            Stream::Unix($stream) => $call,
            Stream::Tcp($stream) => $call,
        }
    };
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        of_either!(self, stream => Pin::new(stream).poll_read(cx, buffer))
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
        of_either!(self, stream => Pin::new(stream).poll_write(cx, data))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        of_either!(self, stream => Pin::new(stream).poll_write_vectored(cx, slices))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        of_either!(self, stream => Pin::new(stream).poll_flush(cx))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        of_either!(self, stream => Pin::new(stream).poll_shutdown(cx))
    }
}

#[cfg(all(test, any(feature = "broker", feature = "client")))]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;
    use crate::Environment;
    use crate::transport::Listener;

    #[tokio::test]
    async fn bytes_pass_over_both_networks() {
        for tcp in [false, true] {
            let listener = Listener::bind(&Environment::default(), tcp).unwrap();
            let address = listener.address().unwrap();
            let (ours, theirs) = tokio::join!(listener.accept(), address.connect());
            let (mut ours, mut theirs) = (ours.unwrap(), theirs.unwrap());
            ours.write_all(b"ab").await.unwrap();
            let slices = [IoSlice::new(b"c"), IoSlice::new(b"d")];
            assert_eq!((ours.is_write_vectored(), ours.write_vectored(&slices).await.unwrap()), (true, 2));
            ours.flush().await.unwrap();
            ours.shutdown().await.unwrap();
            let (mut received, mut answer) = (Vec::new(), Vec::new());
            theirs.read_to_end(&mut received).await.unwrap();
            theirs.write_all(b"ef").await.unwrap();
            theirs.shutdown().await.unwrap();
            ours.read_to_end(&mut answer).await.unwrap();
            assert_eq!((&received[..], &answer[..]), (&b"abcd"[..], &b"ef"[..]), "{address}");
        }
    }
}
