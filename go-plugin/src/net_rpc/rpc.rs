//! Go's net/rpc on one stream (`net/rpc/server.go`).

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, WriteHalf};
use tokio::sync::Mutex;
use tokio::task::JoinSet;

use super::gob::{Decoder, Encoder, Gob, GobError, Nil, Value, gob_struct};
use super::memory::{Memory, Share};
use super::messages::{Messages, ReadError};
use crate::BoxFuture;

/// The maximum number of concurrent calls per stream. Beyond it, the stream is not read.
const CALLS: usize = 512;

gob_struct! {
    /// Precedes the arguments of each call.
    pub(crate) struct Request = "Request" {
        method: String = "ServiceMethod",
        seq: u64 = "Seq",
    }

    /// Precedes the reply to each call.
    pub(crate) struct Response = "Response" {
        method: String = "ServiceMethod",
        seq: u64 = "Seq",
        error: String = "Error",
    }

    /// A reply without content, `struct{}` in Go.
    pub struct Empty = "" {}
}

/// The methods of a plugin.
pub trait Service: Send + Sync + 'static {
    /// Starts a call; `None` if the method does not exist. Reads the arguments immediately, and completes
    /// later.
    fn call(&self, method: &str, arguments: Arguments<'_>) -> Option<Result<Answer, GobError>>;
}

/// The result of a call: a reply, or an error message.
pub type Answer = BoxFuture<'static, Result<Reply, String>>;

/// The arguments of a call.
#[derive(Debug)]
pub struct Arguments<'a> {
    decoder: &'a mut Decoder,
    value: Value<'a>,
    memory: usize,
}

impl Arguments<'_> {
    /// Reads them. Every call must do so, even one that ignores them: a value may continue in another
    /// message, and then the call is started again.
    pub fn read<T: Gob>(self) -> Result<T, GobError> {
        self.decoder.decode(self.value, self.memory)
    }
}

/// The reply to a call.
pub struct Reply(Write);

type Write = Box<dyn FnOnce(&mut Encoder) -> Vec<u8> + Send>;

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reply").finish_non_exhaustive()
    }
}

impl Reply {
    /// Creates a reply with this value.
    pub fn new<T: Gob + Send>(value: T) -> Self {
        Self(Box::new(move |encoder| encoder.encode(&value)))
    }
}

/// The services of a stream, by name.
#[derive(Clone, Default)]
pub(super) struct Services {
    services: BTreeMap<&'static str, Arc<dyn Service>>,
}

impl Services {
    pub(super) fn with(mut self, name: &'static str, service: Arc<dyn Service>) -> Self {
        self.services.insert(name, service);
        self
    }

    /// Starts the call of `Service.Method`; a text is the caller's error, in Go's words.
    fn call(&self, method: &str, arguments: Arguments<'_>) -> Result<Result<Answer, String>, GobError> {
        let Some((service, own)) = method.rsplit_once('.') else {
            arguments.read::<Nil>()?;
            return Ok(Err(format!("rpc: service/method request ill-formed: {method}")));
        };
        let Some(service) = self.services.get(service) else {
            arguments.read::<Nil>()?;
            return Ok(Err(format!("rpc: can't find service {method}")));
        };
        let Arguments { decoder, value, memory } = arguments;
        if let Some(answer) = service.call(own, Arguments { decoder: &mut *decoder, value, memory }) {
            return answer.map(Ok);
        }
        Arguments { decoder, value, memory }.read::<Nil>()?;
        Ok(Err(format!("rpc: can't find method {method}")))
    }
}

/// Serves the calls on a stream until the other end has no more, and all are answered.
pub(super) async fn serve<S>(stream: S, services: Services, memory: Memory)
where
    S: AsyncRead + AsyncWrite + Send + 'static,
{
    let (from, to) = tokio::io::split(stream);
    let mut messages = Messages::new(from, memory);
    let replies = Arc::new(Mutex::new(Replies { to, encoder: Encoder::default() }));
    let mut calls = JoinSet::new();
    loop {
        while calls.len() >= CALLS {
            calls.join_next().await;
        }
        // Completed ones free capacity.
        while calls.try_join_next().is_some() {}
        match next(&mut messages, &services).await {
            Ok(Some(call)) => {
                calls.spawn(answer(call, Arc::clone(&replies)));
            }
            Ok(None) => break,
            Err(error) => {
                tracing::debug!("a stream of the host's ended: {error}");
                break;
            }
        }
    }
    while calls.join_next().await.is_some() {}
    // The other end may be gone.
    let _ = replies.lock().await.to.shutdown().await;
}

struct Call {
    request: Request,
    answer: Result<Answer, String>,
    /// Held until the call is answered.
    _share: Option<Share>,
}

async fn next<R>(messages: &mut Messages<R>, services: &Services) -> Result<Option<Call>, ReadError>
where
    R: AsyncRead + Unpin,
{
    let Some(request) = messages.value::<Request>().await? else { return Ok(None) };
    let begin = |decoder: &mut Decoder, value: Value<'_>, memory| {
        services.call(&request.method, Arguments { decoder, value, memory })
    };
    // A call with unreadable arguments gets an error response and does not end the stream, as in Go.
    Ok(Some(match messages.value_with(begin).await {
        Ok(Some((answer, share))) => Call { request, answer, _share: Some(share) },
        Ok(None) => return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into()),
        Err(ReadError::Value(error)) => {
            let answer = Err(format!("{}: {error}", request.method));
            Call { request, answer, _share: None }
        }
        Err(error) => return Err(error),
    }))
}

async fn answer<W: AsyncWrite>(call: Call, replies: Arc<Mutex<Replies<W>>>) {
    let Call { request: Request { method, seq }, answer, _share } = call;
    let answered = match answer {
        Ok(answer) => answer.await,
        Err(error) => Err(error),
    };
    let (error, reply) = match answered {
        Ok(reply) => (String::new(), reply),
        Err(error) => (error, Reply::new(Empty {})),
    };
    let response = Response { method, seq, error };
    if let Err(error) = replies.lock().await.send(&response, reply).await {
        tracing::debug!("the host did not wait for the response to {}: {error}", response.method);
    }
}

struct Replies<S> {
    to: WriteHalf<S>,
    encoder: Encoder,
}

impl<S: AsyncWrite> Replies<S> {
    async fn send(&mut self, response: &Response, reply: Reply) -> io::Result<()> {
        let mut messages = self.encoder.encode(response);
        messages.extend(reply.0(&mut self.encoder));
        self.to.write_all(&messages).await?;
        self.to.flush().await
    }
}
