//! The host's connection, registered only for readability.
//!
//! tokio's own `UnixStream` also wakes up when there is space to write, each time the host has read. That
//! causes two needless wake-ups per call. Here writability is requested only while a write waits.

use std::io::{self, IoSlice, Read as _, Write as _};
use std::os::unix::net::UnixStream as Socket;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::unix::AsyncFd;
use tokio::io::{AsyncRead, AsyncWrite, Interest, ReadBuf};

pub(crate) struct UnixStream {
    readable: AsyncFd<Socket>,
    /// A second descriptor of the same socket, while a write waits for space.
    writable: Option<AsyncFd<Socket>>,
}

impl UnixStream {
    pub(crate) fn new(socket: Socket) -> io::Result<Self> {
        socket.set_nonblocking(true)?;
        Ok(Self { readable: register(socket, Interest::READABLE)?, writable: None })
    }

    fn poll_out(
        &mut self,
        cx: &mut Context<'_>,
        write: impl Fn(&mut &Socket) -> io::Result<usize>,
    ) -> Poll<io::Result<usize>> {
        loop {
            match write(&mut self.readable.get_ref()) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                written => {
                    self.forget_room(cx);
                    return Poll::Ready(written);
                }
            }
            if self.writable.is_none() {
                let socket = self.readable.get_ref().try_clone()?;
                self.writable = Some(register(socket, Interest::WRITABLE)?);
            }
            let Some(writable) = &self.writable else { continue };
            let mut ready = ready!(writable.poll_write_ready(cx))?;
            // A ready socket must be tried before waiting again.
            if let Ok(written) = ready.try_io(|writable| write(&mut writable.get_ref())) {
                drop(ready);
                self.forget_room(cx);
                return Poll::Ready(written);
            }
        }
    }
}

impl UnixStream {
    /// An earlier write may have been refused, and nothing else signals that there is space now.
    fn forget_room(&mut self, cx: &mut Context<'_>) {
        if self.writable.take().is_some() {
            cx.waker().wake_by_ref();
        }
    }
}

/// The function is deprecated because a type may report a wrong descriptor or close it while it is
/// registered. The standard library's sockets do neither, and tokio's replacement is `unsafe` for all types.
#[allow(deprecated)]
fn register(socket: Socket, interest: Interest) -> io::Result<AsyncFd<Socket>> {
    AsyncFd::with_interest(socket, interest)
}

impl AsyncRead for UnixStream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        loop {
            let mut ready = ready!(self.readable.poll_read_ready(cx))?;
            match ready.try_io(|readable| readable.get_ref().read(buffer.initialize_unfilled())) {
                Ok(Ok(read)) => {
                    buffer.advance(read);
                    return Poll::Ready(Ok(()));
                }
                Ok(Err(error)) if error.kind() == io::ErrorKind::Interrupted => {}
                Ok(Err(error)) => return Poll::Ready(Err(error)),
                Err(_) => {}
            }
        }
    }
}

impl AsyncWrite for UnixStream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_out(cx, |socket| socket.write(data))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.poll_out(cx, |socket| socket.write_vectored(slices))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(self.readable.get_ref().shutdown(std::net::Shutdown::Write))
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    #[tokio::test]
    async fn transfers_more_than_the_socket_buffer_in_both_directions() {
        const SIZE: usize = 3 << 20;
        let (one, other) = Socket::pair().unwrap();
        let (one, other) = (UnixStream::new(one).unwrap(), UnixStream::new(other).unwrap());
        let both = [one, other].map(|stream| {
            tokio::spawn(async move {
                let (mut reader, mut writer) = tokio::io::split(stream);
                let write = async move {
                    writer.write_all(&vec![7; SIZE]).await.unwrap();
                    writer.shutdown().await.unwrap();
                };
                let mut read = Vec::new();
                let ((), length) = tokio::join!(write, reader.read_to_end(&mut read));
                (length.unwrap(), read.iter().all(|byte| *byte == 7))
            })
        });
        for side in both {
            assert_eq!(side.await.unwrap(), (SIZE, true));
        }
    }
}
