//! Streams as readers and writers, and the session they share.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::Notify;

use super::session::{Role, Session};

/// A connection's session, shared by its streams and the connection itself.
#[derive(Debug)]
pub(super) struct Shared {
    session: Mutex<Session>,
    /// There is data to send.
    pub(super) to_send: Notify,
    /// Data was sent.
    pub(super) sent: Notify,
    /// A stream was opened, or the connection was closed.
    accepted: Notify,
}

impl Shared {
    pub(super) fn new(role: Role) -> Arc<Self> {
        Arc::new(Self {
            session: Mutex::new(Session::new(role)),
            to_send: Notify::new(),
            sent: Notify::new(),
            accepted: Notify::new(),
        })
    }

    /// Runs `work` on the session, and then wakes the affected tasks.
    pub(super) fn with<T>(&self, work: impl FnOnce(&mut Session) -> T) -> T {
        let mut session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        let done = work(&mut session);
        let wakers = session.take_wakers();
        let (to_send, ended) = (session.has_out(), session.has_ended());
        drop(session);
        for waker in wakers {
            waker.wake();
        }
        if to_send {
            self.to_send.notify_one();
        }
        if ended {
            self.accepted.notify_one();
            self.sent.notify_one();
        }
        done
    }

    /// Like [`with`](Self::with), for received data.
    pub(super) fn receive(&self, bytes: &[u8]) -> io::Result<()> {
        let received = self.with(|session| session.receive(bytes));
        self.accepted.notify_one();
        Ok(received?)
    }
}

/// Opens and accepts streams of a connection.
#[derive(Debug, Clone)]
pub(crate) struct Handle {
    shared: Arc<Shared>,
}

impl Handle {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    /// Opens a stream; `None` if the connection is closed.
    pub(crate) fn open(&self) -> Option<Stream> {
        let id = self.shared.with(Session::open)?;
        Some(Stream { shared: Arc::clone(&self.shared), id })
    }

    /// Whether both belong to the same connection.
    #[cfg(feature = "broker")]
    pub(crate) fn is_of(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared)
    }

    /// Returns the next stream that the other side opens; `None` once the connection is closed.
    pub(crate) async fn accept(&self) -> Option<Stream> {
        loop {
            let (accepted, ended) = self.shared.with(|session| (session.accept(), session.has_ended()));
            if let Some(id) = accepted {
                return Some(Stream { shared: Arc::clone(&self.shared), id });
            }
            if ended {
                return None;
            }
            self.shared.accepted.notified().await;
        }
    }
}

/// A stream. Dropping it closes it.
#[derive(Debug)]
pub(crate) struct Stream {
    shared: Arc<Shared>,
    id: u32,
}

impl AsyncRead for Stream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, to: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.shared.with(|session| session.read(self.id, cx, to)).map(Ok)
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.shared.with(|session| session.write(self.id, cx, bytes))
    }

    /// Written data is already queued.
    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.shared.with(|session| session.close(self.id));
        Poll::Ready(Ok(()))
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.shared.with(|session| session.forget(self.id));
    }
}
