//! A gRPC service as a table of methods.

use std::fmt;
use std::future::Future;
use std::sync::Arc;

use bytes::Bytes;
use hyper::body::Incoming;
use prost::Message;
use tokio_stream::{Stream, StreamExt as _};
use tonic::{Request, Response, Status};

use super::answer::{self, Answer, MethodCall, OneMessage};
use super::body::{self, Body, Encoded};
use super::read::{self, Frames, Messages};
use super::respond::Respond;

/// The response stream of a method.
pub trait Answers<M>: Stream<Item = Result<M, Status>> + Send + 'static {}
impl<M, S: Stream<Item = Result<M, Status>> + Send + 'static> Answers<M> for S {}

/// A method with erased message types.
enum Method {
    OneMessage(Arc<OneMessage>),
    Messages(Arc<dyn Fn(Request<Frames>) -> MethodCall + Send + Sync>),
}

/// A gRPC service as a table: its name and its methods.
///
/// ```
/// use go_plugin::grpc::{Methods, Services};
/// use tonic::{Request, Response};
///
/// // `()` is protobuf's `Empty`.
/// let ping = Methods::new("example.Ping").unary("Ping", async |_: Request<()>| Ok(Response::new(())));
/// let services = Services::new().add_methods(ping);
/// ```
pub struct Methods {
    name: &'static str,
    named: Vec<(&'static str, Method)>,
    /// For all other methods.
    other: Option<Method>,
}

impl Methods {
    /// Creates a service without methods; `name` is `package.Service`.
    pub fn new(name: &'static str) -> Self {
        Self { name, named: Vec::new(), other: None }
    }

    /// Returns the same methods under another name.
    #[must_use]
    pub fn named(mut self, name: &'static str) -> Self {
        self.name = name;
        self
    }

    /// Returns the name of the service.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Answers all other methods of the service with the error that `refuse` makes of the first message. Without it, the
    /// error is Unimplemented.
    #[must_use]
    pub fn refuse_others<In: Message + Default + 'static>(
        mut self,
        refuse: impl Fn(In) -> Status + Clone + Send + Sync + 'static,
    ) -> Self {
        let method = move |request: Request<Frames>| -> MethodCall {
            let (refuse, mut messages) = (refuse.clone(), Messages::<In>::new(request.into_inner()));
            Box::pin(async move {
                let first = messages.next().await.transpose()?;
                Err(refuse(first.unwrap_or_default()))
            })
        };
        self.other = Some(Method::Messages(Arc::new(method)));
        self
    }

    fn one_message<In: Message + Default + 'static>(
        mut self,
        name: &'static str,
        method: impl Fn(Request<In>) -> MethodCall + Send + Sync + 'static,
    ) -> Self {
        let method = move |request| decoded(request).map_or_else(answer::refused, &method);
        self.named.push((name, Method::OneMessage(Arc::new(method))));
        self
    }

    fn messages<In: Message + Default + 'static>(
        mut self,
        name: &'static str,
        method: impl Fn(Request<Messages<In>>) -> MethodCall + Send + Sync + 'static,
    ) -> Self {
        let method = move |request: Request<Frames>| method(request.map(Messages::new));
        self.named.push((name, Method::Messages(Arc::new(method))));
        self
    }

    /// Adds a unary method.
    #[must_use]
    pub fn unary<In, Out, Fut>(
        self,
        name: &'static str,
        call: impl Fn(Request<In>) -> Fut + Send + Sync + 'static,
    ) -> Self
    where
        In: Message + Default + 'static,
        Out: Message,
        Fut: Future<Output = Result<Response<Out>, Status>> + Send + 'static,
    {
        self.one_message(name, move |request| message(call(request)))
    }

    /// Adds a server-streaming method.
    #[must_use]
    pub fn server_streaming<In, Out, Outs, Fut>(
        self,
        name: &'static str,
        call: impl Fn(Request<In>) -> Fut + Send + Sync + 'static,
    ) -> Self
    where
        In: Message + Default + 'static,
        Out: Message + 'static,
        Outs: Answers<Out>,
        Fut: Future<Output = Result<Response<Outs>, Status>> + Send + 'static,
    {
        self.one_message(name, move |request| stream(call(request)))
    }

    /// Adds a client-streaming method.
    #[must_use]
    pub fn client_streaming<In, Out, Fut>(
        self,
        name: &'static str,
        call: impl Fn(Request<Messages<In>>) -> Fut + Send + Sync + 'static,
    ) -> Self
    where
        In: Message + Default + 'static,
        Out: Message,
        Fut: Future<Output = Result<Response<Out>, Status>> + Send + 'static,
    {
        self.messages(name, move |request| message(call(request)))
    }

    /// Adds a bidirectional-streaming method.
    #[must_use]
    pub fn streaming<In, Out, Outs, Fut>(
        self,
        name: &'static str,
        call: impl Fn(Request<Messages<In>>) -> Fut + Send + Sync + 'static,
    ) -> Self
    where
        In: Message + Default + 'static,
        Out: Message + 'static,
        Outs: Answers<Out>,
        Fut: Future<Output = Result<Response<Outs>, Status>> + Send + 'static,
    {
        self.messages(name, move |request| stream(call(request)))
    }
}

impl Respond for Methods {
    fn respond(&self, request: http::Request<Incoming>, max_message: usize) -> Answer {
        let asked = request.uri().path().rsplit('/').next().unwrap_or_default();
        let method = self.named.iter().find(|(name, _)| *name == asked).map(|(_, method)| method);
        let Some(method) = method.or(self.other.as_ref()) else {
            // Only the code, like tonic and grpc-go.
            return Answer::refuse(Status::unimplemented(""));
        };
        let (parts, body) = request.into_parts();
        let frames = Frames::new(body, max_message);
        match method {
            Method::OneMessage(method) => Answer::read(parts.headers, frames, Arc::clone(method)),
            Method::Messages(method) => Answer::call(method(answer::request(parts.headers, frames))),
        }
    }
}

impl fmt::Debug for Methods {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let methods = self.named.iter().map(|(name, _)| name);
        write!(f, "{} ", self.name)?;
        f.debug_list().entries(methods).finish()
    }
}

fn decoded<M: Message + Default>(request: Request<Bytes>) -> Result<Request<M>, Status> {
    let (metadata, extensions, message) = request.into_parts();
    Ok(Request::from_parts(metadata, extensions, read::decode(message)?))
}

/// The call of a method with one response.
fn message<Out: Message>(
    answer: impl Future<Output = Result<Response<Out>, Status>> + Send + 'static,
) -> MethodCall {
    Box::pin(async move { Ok(Body::message(body::encode(answer.await?.get_ref()))) })
}

/// The call of a method with a response stream.
fn stream<Out: Message + 'static, Outs: Answers<Out>>(
    answers: impl Future<Output = Result<Response<Outs>, Status>> + Send + 'static,
) -> MethodCall {
    Box::pin(async move { Ok(Body::stream(encoded(answers.await?.into_inner()))) })
}

fn encoded<M: Message + 'static>(answers: impl Answers<M>) -> Encoded {
    Box::pin(answers.map(|answer| answer.map(|message| body::encode(&message))))
}
