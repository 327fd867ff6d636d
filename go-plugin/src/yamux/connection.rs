//! Transfers a session's bytes.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::session::{Role, Session};
use super::stream::{Handle, Shared};

/// The size of a read.
const READ: usize = 64 << 10;

/// The time for sending the final frame.
const LAST_WORDS: Duration = Duration::from_millis(20);

/// A connection with multiplexed streams. Nothing is transferred unless [`run`](Self::run) is polled.
#[derive(Debug)]
pub(crate) struct Connection<IO> {
    io: IO,
    shared: Arc<Shared>,
}

impl<IO: AsyncRead + AsyncWrite> Connection<IO> {
    pub(crate) fn new(io: IO, role: Role) -> Self {
        Self { io, shared: Shared::new(role) }
    }

    pub(crate) fn handle(&self) -> Handle {
        Handle::new(Arc::clone(&self.shared))
    }

    /// Transfers data until the other side closes the connection. After an error, and when this is dropped,
    /// all streams end.
    pub(crate) async fn run(self) -> io::Result<()> {
        let Self { io, shared } = self;
        let _end = EndOnDrop(Arc::clone(&shared));
        let (mut from, mut to) = tokio::io::split(io);
        let reading = async {
            let mut bytes = vec![0; READ];
            loop {
                while shared.with(|session| session.is_full()) {
                    shared.sent.notified().await;
                }
                match from.read(&mut bytes).await? {
                    0 => return Ok(()),
                    count => shared.receive(&bytes[..count])?,
                }
            }
        };
        let writing = async {
            loop {
                let out = shared.with(Session::take_out);
                if out.is_empty() {
                    shared.to_send.notified().await;
                    continue;
                }
                to.write_all(&out).await?;
                to.flush().await?;
                shared.sent.notify_one();
            }
        };
        let ended: io::Result<()> = tokio::select! {
            ended = reading => ended,
            ended = writing => ended,
        };
        // The reason, for the other side's log.
        let out = shared.with(|session| {
            session.end();
            session.take_out()
        });
        let _ = tokio::time::timeout(LAST_WORDS, to.write_all(&out)).await;
        ended
    }
}

struct EndOnDrop(Arc<Shared>);

impl Drop for EndOnDrop {
    fn drop(&mut self) {
        self.0.with(Session::end);
    }
}
