//! A stream as a reader and writer, and the session that all of them share.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::Notify;

use super::session::{Role, Session};

/// One connection's session, for its streams and for the connection itself.
#[derive(Debug)]
pub(super) struct Shared {
    session: Mutex<Session>,
    /// Something is to be sent.
    pub(super) to_send: Notify,
    /// Something has been sent.
    pub(super) sent: Notify,
    /// A stream was opened, or the connection is over.
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

    /// Works on the session, and then wakes those whom that concerns.
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

    /// As [`with`](Self::with), for what has come.
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

    /// A new stream; none if the connection is over.
    pub(crate) fn open(&self) -> Option<Stream> {
        let id = self.shared.with(Session::open)?;
        Some(Stream { shared: Arc::clone(&self.shared), id })
    }

    /// Whether both are of one connection.
    #[cfg(feature = "broker")]
    pub(crate) fn is_of(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared)
    }

    /// The next stream that the other side opens; none once the connection is over.
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

/// One stream. Dropped, it is closed.
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

    /// What was written is on its way.
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
