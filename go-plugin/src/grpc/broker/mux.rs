//! Multiplexes all connections over one: yamux below gRPC (go-plugin `internal/grpcmux`).
//!
//! A stream does not identify its purpose. Before the other side opens one, it knocks; the next stream then
//! belongs to the number of that knock. Without a knock, a plugin serves the stream like a new connection,
//! and a host closes it.

use std::collections::{HashMap, VecDeque};
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::Instant;

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
                if door.listeners.get(&id).is_none_or(|listener| listener.try_send(stream).is_err()) {
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::io::AsyncReadExt as _;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn knock_is_kept_for_a_listener_within_five_seconds() {
        let mux = Mux::new();
        assert!(!mux.knocked(1));
        tokio::time::advance(Duration::from_secs(4)).await;
        assert!(!mux.knocked(2));
        assert!(mux.listen(1).1, "it is younger than five seconds");
        assert!(!mux.listen(1).1, "it was answered");
        tokio::time::advance(Duration::from_secs(5)).await;
        assert!(!mux.listen(2).1, "it is too old");
    }

    #[tokio::test(start_paused = true)]
    async fn knocks_without_a_listener_are_bounded() {
        let mux = Mux::new();
        for id in 0..=1024 {
            assert!(!mux.knocked(id));
        }
        assert!(!mux.listen(1024).1);
        assert!(mux.listen(1023).1);
        assert!(!mux.knocked(1024));
        // Old ones make room.
        tokio::time::advance(Duration::from_secs(5)).await;
        assert!(!mux.knocked(2000));
        assert!(mux.listen(2000).1);
    }

    #[test]
    fn listener_receives_knocks_until_it_is_dropped() {
        let mux = Mux::new();
        let (first, _) = mux.listen(7);
        assert!(mux.knocked(7));
        let (second, _) = mux.listen(7);
        drop(first);
        assert!(mux.knocked(7), "another listener has the same number");
        drop(second);
        assert!(!mux.knocked(7));
    }

    #[tokio::test(start_paused = true)]
    async fn stream_after_a_knock_has_its_number_for_five_seconds() {
        let (near, far) = tokio::io::duplex(64 << 10);
        let (host, plugin) = (Mux::new(), Mux::new());
        tokio::spawn(host.run(near, Role::Client, |_| async {}));
        let (sender, mut served) = mpsc::unbounded_channel();
        tokio::spawn(plugin.run(far, Role::Server, move |stream| {
            let sender = sender.clone();
            async move { drop(sender.send(stream)) }
        }));
        let (mut streams, _) = plugin.listen(5);
        for (wait, knocked) in [(0, true), (4, true), (5, false)] {
            plugin.expect(5);
            tokio::time::advance(Duration::from_secs(wait)).await;
            let _stream = host.open().unwrap();
            tokio::select! {
                stream = streams.next() => assert!(stream.is_some() && knocked, "{wait}"),
                stream = served.recv() => assert!(stream.is_some() && !knocked, "{wait}"),
            }
        }
        // Without a listener, the other side sees the end.
        plugin.expect(6);
        assert_eq!(host.open().unwrap().read(&mut [0]).await.unwrap(), 0);
    }
}
