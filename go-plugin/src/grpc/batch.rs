//! Merges the writes of a connection into one.
//!
//! h2 writes a response in three parts (headers and message, trailers, ping acknowledgement) and a large
//! message in frames of 16 KiB, and flushes after each. Each write wakes the host's reader. The parts are
//! therefore buffered until the connection has nothing more to write.

use std::future::{Future, poll_fn};
use std::io::{self, IoSlice};
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// The buffer limit; a socket holds about three times as much.
const MOST: usize = 64 << 10;

/// A stream with buffered writes; clones share it. The code that serves it must be [driven](Self::drive).
pub(super) struct Batched<IO> {
    shared: Arc<Mutex<Shared<IO>>>,
}

struct Shared<IO> {
    io: IO,
    waiting: Vec<u8>,
    /// The number of bytes written.
    written: usize,
    /// The underlying stream may keep unwritten data, as TLS does once its socket is full.
    unflushed: bool,
    failed: Option<io::Error>,
    /// A write is waiting for space.
    refused: bool,
}

impl<IO> Clone for Batched<IO> {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared) }
    }
}

impl<IO: AsyncRead + AsyncWrite + Unpin> Batched<IO> {
    pub(super) fn new(io: IO) -> Self {
        let shared =
            Shared { io, waiting: Vec::new(), written: 0, unflushed: false, failed: None, refused: false };
        Self { shared: Arc::new(Mutex::new(shared)) }
    }

    fn shared(&self) -> MutexGuard<'_, Shared<IO>> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs the code that serves this stream, and writes the buffer whenever that code waits.
    pub(super) async fn drive<F: Future>(self, serve: F) -> F::Output {
        let mut serve = pin!(serve);
        poll_fn(|cx| {
            loop {
                let served = serve.as_mut().poll(cx);
                let mut shared = self.shared();
                match shared.poll_write_out(cx) {
                    // Wake the write that waits for space; nothing else does.
                    Poll::Ready(Ok(())) if std::mem::take(&mut shared.refused) && served.is_pending() => {}
                    Poll::Ready(Err(error)) if served.is_pending() => {
                        shared.failed = Some(error);
                        // Its next write returns the error.
                        cx.waker().wake_by_ref();
                        return served;
                    }
                    _ => return served,
                }
            }
        })
        .await
    }
}

impl<IO: AsyncWrite + Unpin> Shared<IO> {
    /// Writes the buffer and flushes the underlying stream.
    fn poll_write_out(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while self.written < self.waiting.len() {
            self.unflushed = true;
            let written = ready!(Pin::new(&mut self.io).poll_write(cx, &self.waiting[self.written..]))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.written += written;
        }
        self.waiting.clear();
        self.written = 0;
        if self.unflushed {
            ready!(Pin::new(&mut self.io).poll_flush(cx))?;
            self.unflushed = false;
        }
        Poll::Ready(Ok(()))
    }

    /// Returns space in the buffer, or the error of an earlier write.
    fn poll_room(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if let Some(error) = self.failed.take() {
            return Poll::Ready(Err(error));
        }
        if self.waiting.len() < MOST {
            return Poll::Ready(Ok(()));
        }
        let room = self.poll_write_out(cx);
        // Keep the flag until the next poll: a later write of this poll may find space.
        self.refused |= room.is_pending();
        room
    }
}

impl<IO: AsyncRead + Unpin> AsyncRead for Batched<IO> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        Pin::new(&mut shared.io).poll_read(cx, buffer)
    }
}

impl<IO: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Batched<IO> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(cx, &[IoSlice::new(data)])
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let mut shared = self.shared();
        ready!(shared.poll_room(cx))?;
        let before = shared.waiting.len();
        for slice in slices {
            shared.waiting.extend_from_slice(slice);
        }
        Poll::Ready(Ok(shared.waiting.len() - before))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    /// Not yet: see [`Batched::drive`].
    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.shared().failed.take() {
            Some(error) => Poll::Ready(Err(error)),
            None => Poll::Ready(Ok(())),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut shared = self.shared();
        ready!(shared.poll_write_out(cx))?;
        Pin::new(&mut shared.io).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    #[tokio::test]
    async fn merged_writes_arrive_when_the_writer_waits() {
        let (ours, mut theirs) = tokio::io::duplex(1 << 20);
        let batched = Batched::new(ours);
        let mut stream = batched.clone();
        let served = tokio::spawn(batched.drive(async move {
            for part in ["a", "b", "c"] {
                stream.write_all(part.as_bytes()).await.unwrap();
                stream.flush().await.unwrap();
            }
            let mut answer = [0];
            stream.read_exact(&mut answer).await.unwrap();
            stream.write_all(&vec![answer[0]; 3 * MOST]).await.unwrap();
            stream.shutdown().await.unwrap();
        }));
        let mut read = [0; 8];
        assert_eq!(theirs.read(&mut read).await.unwrap(), 3);
        assert_eq!(&read[..3], b"abc");
        theirs.write_all(b"x").await.unwrap();
        let mut rest = Vec::new();
        theirs.read_to_end(&mut rest).await.unwrap();
        assert_eq!(rest, vec![b'x'; 3 * MOST]);
        served.await.unwrap();
    }

    /// Refuses some writes and never signals readiness.
    struct Reluctant {
        refuses: fn(usize) -> bool,
        asked: usize,
        taken: Arc<Mutex<usize>>,
    }

    impl AsyncRead for Reluctant {
        fn poll_read(self: Pin<&mut Self>, _: &mut Context<'_>, _: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
            Poll::Pending
        }
    }

    impl AsyncWrite for Reluctant {
        fn poll_write(mut self: Pin<&mut Self>, _: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
            self.asked += 1;
            if (self.refuses)(self.asked) {
                return Poll::Pending;
            }
            *self.taken.lock().unwrap() += data.len();
            Poll::Ready(Ok(data.len()))
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    /// Whether it completes without a wake-up.
    fn at_once(future: impl Future) -> bool {
        pin!(future).poll(&mut Context::from_waker(std::task::Waker::noop())).is_ready()
    }

    /// A refused writer is polled again once there is space, whoever freed it.
    #[test]
    fn space_freed_between_polls_is_noticed() {
        let taken = Arc::new(Mutex::new(0));
        let batched =
            Batched::new(Reluctant { refuses: |asked| asked % 2 == 1, asked: 0, taken: Arc::clone(&taken) });
        let mut stream = batched.clone();
        let served = batched.drive(async move {
            for _ in 0..4 {
                stream.write_all(&vec![7; MOST]).await.unwrap();
            }
        });
        assert!(at_once(served));
        assert!(*taken.lock().unwrap() >= 3 * MOST);
    }

    /// Also if a later write of the same poll found the space.
    #[test]
    fn refused_write_is_polled_again_after_a_successful_one() {
        let batched =
            Batched::new(Reluctant { refuses: |asked| asked == 1, asked: 0, taken: Arc::default() });
        let mut stream = batched.clone();
        let mut looks = 0;
        let served = batched.drive(poll_fn(move |cx| {
            looks += 1;
            if looks == 2 {
                return Poll::Ready(());
            }
            let mut write = || Pin::new(&mut stream).poll_write(cx, &vec![7; MOST]).is_ready();
            assert_eq!([write(), write(), write()], [true, false, true]);
            Poll::Pending
        }));
        assert!(at_once(served));
    }

    #[tokio::test]
    async fn closed_connection_fails_the_next_write() {
        let (ours, theirs) = tokio::io::duplex(1);
        let batched = Batched::new(ours);
        let mut stream = batched.clone();
        let served = tokio::spawn(batched.drive(async move {
            stream.write_all(b"abc").await.unwrap();
            loop {
                tokio::task::yield_now().await;
                if let Err(error) = stream.write_all(b"d").await {
                    return error.kind();
                }
            }
        }));
        drop(theirs);
        assert_eq!(served.await.unwrap(), io::ErrorKind::BrokenPipe);
    }
}
