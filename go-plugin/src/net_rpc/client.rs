//! The host side of a connection (go-plugin's `rpc_client.go`, Go's `net/rpc/client.go`).

use std::collections::HashMap;
use std::fmt;
use std::io;
use std::sync::{Arc, Mutex as StdMutex, PoisonError};

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadHalf, WriteHalf};
use tokio::sync::{Mutex, oneshot};
use tokio::task::JoinSet;

use super::broker::MuxBroker;
use super::gob::{Decoder, Encoder, Gob, GobError, Nil, Value};
use super::memory::Memory;
use super::messages::{Messages, ReadError};
use super::rpc::{Empty, Request, Response};
use crate::yamux::{Connection, Role, Stream};

/// The error of a call.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum RpcError {
    /// An error of the method, or of the plugin's net/rpc: `rpc: can't find method …`.
    Server(String),
    /// The reply does not have the expected type.
    Reply(GobError),
    /// The stream is closed.
    Ended,
}

impl fmt::Display for RpcError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Server(text) => f.write_str(text),
            Self::Reply(error) => error.fmt(f),
            Self::Ended => f.write_str("the connection is shut down"),
        }
    }
}

impl std::error::Error for RpcError {}

impl fmt::Debug for RpcClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RpcClient").finish_non_exhaustive()
    }
}

impl fmt::Debug for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Caller").finish_non_exhaustive()
    }
}

/// A net/rpc connection to a plugin. Dropping it aborts all its calls.
pub struct RpcClient {
    broker: MuxBroker,
    control: Caller,
    /// Aborted on drop.
    _tasks: JoinSet<()>,
}

impl RpcClient {
    /// Opens the streams that every connection has. Also returns the two output streams: stdout, stderr.
    ///
    /// Must be called inside a tokio runtime.
    pub fn start<IO>(
        io: IO,
    ) -> io::Result<(
        Self,
        impl AsyncRead + Send + Unpin + 'static + use<IO>,
        impl AsyncRead + Send + Unpin + 'static + use<IO>,
    )>
    where
        IO: AsyncRead + AsyncWrite + Send + 'static,
    {
        let connection = Connection::new(io, Role::Client);
        let handle = connection.handle();
        let memory = Memory::new();
        let open = || handle.open().ok_or_else(|| io::Error::from(io::ErrorKind::NotConnected));
        let (control, stdout, stderr) = (open()?, open()?, open()?);
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            if let Err(error) = connection.run().await {
                tracing::debug!("the connection to the plugin ended: {error}");
            }
        });
        let control = Caller::new(control, memory.clone());
        let broker = MuxBroker::new(handle, memory);
        tasks.spawn(broker.clone().run());
        Ok((Self { broker, control, _tasks: tasks }, stdout, stderr))
    }

    /// Checks that the plugin responds.
    pub async fn ping(&self) -> Result<(), RpcError> {
        self.control.call::<_, Empty>("Control.Ping", &true).await.map(drop)
    }

    /// Requests the plugin's shutdown.
    pub async fn quit(&self) -> Result<(), RpcError> {
        self.control.call::<_, Empty>("Control.Quit", &true).await.map(drop)
    }

    /// Returns the broker for further streams in either direction.
    pub fn broker(&self) -> &MuxBroker {
        &self.broker
    }

    /// Dispenses a plugin by name.
    pub async fn dispense(&self, name: &str) -> Result<Caller, RpcError> {
        let number: u64 = self.control.call("Dispenser.Dispense", &name.to_owned()).await?;
        let bad = || RpcError::Reply(GobError::new(format_args!("invalid plugin number {number}")));
        let number = u32::try_from(number).map_err(|_| bad())?;
        self.broker.dial_caller(number).await.map_err(|_| RpcError::Ended)
    }
}

/// Calls methods on one stream, concurrently.
pub struct Caller {
    requests: Mutex<Requests>,
    waiting: Arc<Waiting>,
    /// Aborted on drop.
    _reader: JoinSet<()>,
}

struct Requests {
    to: WriteHalf<Stream>,
    encoder: Encoder,
    next: u64,
}

/// Handles the reply. If it returns an unfinished error, it is called again with the next message appended.
type Done = Box<dyn FnMut(Result<(&mut Decoder, Value<'_>, usize), RpcError>) -> Result<(), GobError> + Send>;

/// The waiting calls by number; `None` once no more replies will arrive.
struct Waiting(StdMutex<Option<HashMap<u64, Done>>>);

impl Waiting {
    fn with<T>(&self, work: impl FnOnce(&mut Option<HashMap<u64, Done>>) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Caller {
    pub(super) fn new(stream: Stream, memory: Memory) -> Self {
        let (from, to) = tokio::io::split(stream);
        let waiting = Arc::new(Waiting(StdMutex::new(Some(HashMap::new()))));
        let mut reader = JoinSet::new();
        reader.spawn(read(Messages::new(from, memory), Arc::clone(&waiting)));
        let requests = Mutex::new(Requests { to, encoder: Encoder::default(), next: 0 });
        Self { requests, waiting, _reader: reader }
    }

    /// Calls `Plugin.Method`.
    pub async fn call<A: Gob, R: Gob + Send>(&self, method: &str, arguments: &A) -> Result<R, RpcError> {
        let (sender, receiver) = oneshot::channel();
        let mut sender = Some(sender);
        let done: Done = Box::new(move |reply| {
            let read = match reply {
                Ok((decoder, value, memory)) => decoder.decode::<R>(value, memory).map_err(RpcError::Reply),
                Err(error) => Err(error),
            };
            if let Err(RpcError::Reply(error)) = &read
                && error.is_unfinished()
            {
                return Err(error.clone());
            }
            // The caller may be gone.
            let _ = sender.take().map(|sender| sender.send(read));
            Ok(())
        });
        self.send(method, arguments, done).await?;
        receiver.await.unwrap_or(Err(RpcError::Ended))
    }

    async fn send<A: Gob>(&self, method: &str, arguments: &A, done: Done) -> Result<(), RpcError> {
        let mut requests = self.requests.lock().await;
        let seq = requests.next;
        requests.next += 1;
        let mut messages = requests.encoder.encode(&Request { method: method.to_owned(), seq });
        messages.extend(requests.encoder.encode(arguments));
        self.waiting
            .with(|waiting| waiting.as_mut().map(|waiting| waiting.insert(seq, done)))
            .ok_or(RpcError::Ended)?;
        requests.to.write_all(&messages).await.map_err(|_| RpcError::Ended)
    }
}

async fn read(mut messages: Messages<ReadHalf<Stream>>, waiting: Arc<Waiting>) {
    let ended = loop {
        match next(&mut messages, &waiting).await {
            Ok(true) => {}
            Ok(false) => break RpcError::Ended,
            Err(ReadError::Value(error)) => break RpcError::Reply(error),
            Err(ReadError::Stream(error)) => {
                tracing::debug!("a stream of the plugin's ended: {error}");
                break RpcError::Ended;
            }
        }
    };
    for (_, mut done) in waiting.with(Option::take).into_iter().flatten() {
        let _ = done(Err(ended.clone()));
    }
}

/// Passes one reply to its caller; false at the end of the stream.
async fn next(messages: &mut Messages<ReadHalf<Stream>>, waiting: &Waiting) -> Result<bool, ReadError> {
    let Some(Response { seq, error, .. }) = messages.value::<Response>().await? else { return Ok(false) };
    let mut done = waiting.with(|waiting| waiting.as_mut()?.remove(&seq));
    let give = |decoder: &mut Decoder, value: Value<'_>, memory| match &mut done {
        Some(done) if error.is_empty() => done(Ok((decoder, value, memory))),
        // Go's client also skips replies without a caller.
        nobody => {
            decoder.decode::<Nil>(value, memory)?;
            nobody.as_mut().map_or(Ok(()), |done| done(Err(RpcError::Server(error.clone()))))
        }
    };
    Ok(messages.value_with(give).await?.is_some())
}
