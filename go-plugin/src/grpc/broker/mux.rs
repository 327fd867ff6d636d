//! Multiplexes all connections over one: yamux below gRPC (go-plugin `internal/grpcmux`).
//!
//! A stream does not identify its purpose. Before the other side opens one, it knocks; the next stream then
//! belongs to the number of that knock. Without a knock, a plugin serves the stream like a new connection,
//! and a host closes it.

use std::collections::{HashMap, VecDeque};
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use crate::pending::PATIENCE;
use crate::yamux::{Connection, Handle, Role, Stream};

/// The number of streams per number waiting to be accepted. Further ones are closed.
const ACCEPTED: usize = 64;
/// The number of knocks waiting for a listener.
const KNOCKS: usize = 1024;

/// The connection and its listeners; clones share it.
#[derive(Clone)]
pub(crate) struct Mux {
    shared: Arc<Shared>,
}

struct Shared {
    /// The host's connection: the first one, while it lasts.
    handle: watch::Sender<Option<Handle>>,
    door: Mutex<Door>,
    dialing: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Door {
    listeners: HashMap<u32, mpsc::Sender<Stream>>,
    /// The numbers of the next streams.
    expected: VecDeque<(u32, Instant)>,
    /// Knocks without a listener.
    knocks: HashMap<u32, Instant>,
}

/// The streams for one number. Dropping it removes the listener.
pub(super) struct Streams {
    id: u32,
    receiver: mpsc::Receiver<Stream>,
    handle: watch::Receiver<Option<Handle>>,
    mux: Mux,
}

impl Mux {
    pub(crate) fn new() -> Self {
        let shared = Shared {
            handle: watch::Sender::new(None),
            door: Mutex::default(),
            dialing: tokio::sync::Mutex::default(),
        };
        Self { shared: Arc::new(shared) }
    }

    fn door(&self) -> MutexGuard<'_, Door> {
        self.shared.door.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs a connection until it ends. `serve` receives the streams without a knock. New streams are opened
    /// on this connection from now on, unless another one is already in use.
    pub(crate) fn run<IO, S, F>(
        &self,
        io: IO,
        role: Role,
        mut serve: S,
    ) -> impl Future<Output = ()> + Send + use<IO, S, F>
    where
        IO: AsyncRead + AsyncWrite + Send,
        S: FnMut(Stream) -> F + Send,
        F: Future<Output = ()> + Send + 'static,
    {
        let connection = Connection::new(io, role);
        let handle = connection.handle();
        self.shared.handle.send_if_modified(|current| {
            let free = current.is_none();
            if free {
                *current = Some(handle.clone());
            }
            free
        });
        let mux = self.clone();
        async move {
            let accepting = async {
                let mut served = JoinSet::new();
                while let Some(stream) = handle.accept().await {
                    while served.try_join_next().is_some() {}
                    if let Some(stream) = mux.route(stream) {
                        served.spawn(serve(stream));
                    }
                }
            };
            tokio::select! {
                ended = connection.run() => if let Err(error) = ended {
                    let error = &error as &dyn std::error::Error;
                    tracing::debug!(error, "a multiplexed connection ended");
                },
                () = accepting => {}
            }
            mux.shared.handle.send_if_modified(|current| {
                let ours = current.as_ref().is_some_and(|current| current.is_of(&handle));
                if ours {
                    *current = None;
                }
                ours
            });
        }
    }

    /// Passes the stream to the listener of the last knock, or returns it if nobody knocked.
    fn route(&self, stream: Stream) -> Option<Stream> {
        let mut door = self.door();
        while let Some((id, since)) = door.expected.pop_front() {
            // The sender of such an old knock has given up.
            if since.elapsed() < PATIENCE {
                let sent = door.listeners.get(&id).map(|listener| listener.try_send(stream));
                if !matches!(sent, Some(Ok(()))) {
                    tracing::debug!(id, "closed a stream without a listener");
                }
                return None;
            }
        }
        Some(stream)
    }

    /// Starts listening. Returns whether the other side has already knocked, which must then be acknowledged.
    pub(super) fn listen(&self, id: u32) -> (Streams, bool) {
        let (sender, receiver) = mpsc::channel(ACCEPTED);
        let mut door = self.door();
        door.listeners.insert(id, sender);
        let has_knocked = door.knocks.remove(&id).is_some_and(|since| since.elapsed() < PATIENCE);
        drop(door);
        let handle = self.shared.handle.subscribe();
        (Streams { id, receiver, handle, mux: self.clone() }, has_knocked)
    }

    /// Whether there is a listener. Otherwise the knock is kept for a while.
    pub(super) fn knocked(&self, id: u32) -> bool {
        let mut door = self.door();
        if door.listeners.contains_key(&id) {
            return true;
        }
        door.knocks.retain(|_, since| since.elapsed() < PATIENCE);
        if door.knocks.len() < KNOCKS {
            door.knocks.insert(id, Instant::now());
        }
        false
    }

    /// Assigns the next stream to this number.
    pub(super) fn expect(&self, id: u32) {
        self.door().expected.push_back((id, Instant::now()));
    }

    /// Held from the knock until the stream is open.
    pub(super) async fn dialing(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.shared.dialing.lock().await
    }

    /// Opens a stream; `None` if the connection is closed.
    pub(crate) fn open(&self) -> Option<Stream> {
        self.shared.handle.borrow().as_ref()?.open()
    }
}

impl Streams {
    /// Returns the next stream; `None` once the connection is closed.
    pub(super) async fn next(&mut self) -> Option<Stream> {
        let ended = async { drop(self.handle.wait_for(Option::is_none).await) };
        tokio::select! {
            biased;
            stream = self.receiver.recv() => stream,
            () = ended => None,
        }
    }
}

impl Drop for Streams {
    fn drop(&mut self) {
        self.receiver.close();
        // Another listener may use the same number by now.
        let mut door = self.mux.door();
        if door.listeners.get(&self.id).is_some_and(mpsc::Sender::is_closed) {
            door.listeners.remove(&self.id);
        }
    }
}
