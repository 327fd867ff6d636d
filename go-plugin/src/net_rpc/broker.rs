//! Further streams of a connection, by number (go-plugin `mux_broker.go`).
//!
//! The dialing side opens a stream and writes the number: four bytes, little-endian. The accepting side
//! echoes it.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::task::JoinSet;

#[cfg(any(feature = "client", test))]
use super::client::Caller;
use super::memory::Memory;
use super::rpc::{self, Service, Services};
use crate::pending::{PATIENCE, Pending};
use crate::yamux::{Handle, Stream};

/// Further streams between a host and its plugin, by number; clones share it.
///
/// One side chooses a number with [`next_id`](Self::next_id), accepts a stream for it, and sends the number
/// to the other side, which dials it within five seconds. Each number is for one stream.
#[derive(Clone)]
pub struct MuxBroker {
    shared: Arc<Shared>,
}

struct Shared {
    handle: Handle,
    last_id: AtomicU32,
    arrived: Pending<Stream>,
    memory: Memory,
}

impl MuxBroker {
    pub(super) fn new(handle: Handle, memory: Memory) -> Self {
        let shared = Shared { handle, last_id: AtomicU32::new(0), arrived: Pending::default(), memory };
        Self { shared: Arc::new(shared) }
    }

    /// Accepts the streams that the other side opens, until the connection closes.
    pub(super) async fn run(self) {
        let mut reading = JoinSet::new();
        while let Some(mut stream) = self.shared.handle.accept().await {
            // yamux limits the number of streams, and so of tasks that have not completed.
            while reading.try_join_next().is_some() {}
            let shared = Arc::clone(&self.shared);
            reading.spawn(async move {
                if let Ok(Ok(id)) = tokio::time::timeout(PATIENCE, stream.read_u32_le()).await {
                    shared.arrived.arrive(id, stream);
                }
            });
        }
    }

    /// Returns a number not yet used by this side.
    pub fn next_id(&self) -> u32 {
        self.shared.last_id.fetch_add(1, Ordering::Relaxed).wrapping_add(1)
    }

    /// Returns the stream that the other side dials for this number within five seconds.
    pub async fn accept(
        &self,
        id: u32,
    ) -> io::Result<impl AsyncRead + AsyncWrite + Send + Unpin + fmt::Debug + 'static + use<>> {
        self.accept_stream(id).await
    }

    async fn accept_stream(&self, id: u32) -> io::Result<Stream> {
        let mut stream = self.shared.arrived.wait(id).await.ok_or_else(|| {
            let problem = format!("the other side did not dial the number {id} within {PATIENCE:?}");
            io::Error::new(io::ErrorKind::TimedOut, problem)
        })?;
        stream.write_u32_le(id).await?;
        Ok(stream)
    }

    /// Serves the calls on the stream with this number, as the service `Plugin`, until the other side closes
    /// it.
    pub async fn accept_and_serve(&self, id: u32, plugin: impl Service) -> io::Result<()> {
        self.accept_and_serve_shared(id, Arc::new(plugin), ()).await
    }

    /// Drops `waiting` once the other side has dialed, or will not.
    pub(super) async fn accept_and_serve_shared(
        &self,
        id: u32,
        plugin: Arc<dyn Service>,
        waiting: impl Send,
    ) -> io::Result<()> {
        let stream = self.accept_stream(id).await;
        drop(waiting);
        let stream = stream?;
        rpc::serve(stream, Services::default().with("Plugin", plugin), self.shared.memory.clone()).await;
        Ok(())
    }

    /// Opens a stream to the acceptor of this number on the other side.
    pub async fn dial(
        &self,
        id: u32,
    ) -> io::Result<impl AsyncRead + AsyncWrite + Send + Unpin + fmt::Debug + 'static + use<>> {
        self.dial_stream(id).await
    }

    async fn dial_stream(&self, id: u32) -> io::Result<Stream> {
        let mut stream = self.shared.handle.open().ok_or(io::ErrorKind::NotConnected)?;
        stream.write_u32_le(id).await?;
        let answer = stream.read_u32_le().await?;
        if answer == id {
            return Ok(stream);
        }
        let problem = format!("expected the echoed number {id}, found {answer}");
        Err(io::Error::new(io::ErrorKind::InvalidData, problem))
    }

    /// Like [`dial`](Self::dial), for calls.
    #[cfg(any(feature = "client", test))]
    pub async fn dial_caller(&self, id: u32) -> io::Result<Caller> {
        Ok(Caller::new(self.dial_stream(id).await?, self.shared.memory.clone()))
    }
}

impl fmt::Debug for MuxBroker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MuxBroker").finish_non_exhaustive()
    }
}
