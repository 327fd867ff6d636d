//! A gRPC service as a table of methods.

use std::fmt;
use std::future::Future;
use std::sync::Arc;

use http::HeaderMap;
use hyper::body::Incoming;
use prost::Message;
use tokio_stream::{Stream, StreamExt as _};
use tonic::metadata::MetadataMap;
use tonic::{Extensions, Request, Response, Status};

use super::body::{self, Body, Encoded};
use super::read::{self, Frames, Messages};
use super::respond::Respond;
use crate::BoxFuture;

/// The response stream of a method.
pub trait Answers<M>: Stream<Item = Result<M, Status>> + Send + 'static {}
impl<M, S: Stream<Item = Result<M, Status>> + Send + 'static> Answers<M> for S {}

/// A method with erased message types: receives a request and the message size limit.
type Method =
    dyn Fn(http::Request<Incoming>, usize) -> BoxFuture<'static, http::Response<Body>> + Send + Sync;

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
    methods: Vec<(&'static str, Arc<Method>)>,
}

impl Methods {
    /// Creates a service without methods; `name` is `package.Service`.
    pub fn new(name: &'static str) -> Self {
        Self { name, methods: Vec::new() }
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

    fn with<Call>(
        mut self,
        name: &'static str,
        call: impl Fn(HeaderMap, Frames) -> Call + Send + Sync + 'static,
    ) -> Self
    where
        Call: Future<Output = Result<Body, Status>> + Send + 'static,
    {
        let method = move |request: http::Request<Incoming>, max_message| -> BoxFuture<'static, _> {
            let (parts, body) = request.into_parts();
            let answer = call(parts.headers, Frames::new(body, max_message));
            Box::pin(async move { body::response(answer.await) })
        };
        self.methods.push((name, Arc::new(method)));
        self
    }

    /// Adds a unary method.
    #[must_use]
    pub fn unary<In, Out, Call>(
        self,
        name: &'static str,
        call: impl Fn(Request<In>) -> Call + Clone + Send + Sync + 'static,
    ) -> Self
    where
        In: Message + Default + 'static,
        Out: Message,
        Call: Future<Output = Result<Response<Out>, Status>> + Send + 'static,
    {
        self.with(name, move |headers, mut frames| {
            let call = call.clone();
            async move {
                let message = read::decode(frames.only().await?)?;
                let answer = call(request(headers, message)).await?;
                Ok(Body::message(body::encode(answer.get_ref())))
            }
        })
    }

    /// Adds a server-streaming method.
    #[must_use]
    pub fn server_streaming<In, Out, Outs, Call>(
        self,
        name: &'static str,
        call: impl Fn(Request<In>) -> Call + Clone + Send + Sync + 'static,
    ) -> Self
    where
        In: Message + Default + 'static,
        Out: Message + 'static,
        Outs: Answers<Out>,
        Call: Future<Output = Result<Response<Outs>, Status>> + Send + 'static,
    {
        self.with(name, move |headers, mut frames| {
            let call = call.clone();
            async move {
                let message = read::decode(frames.only().await?)?;
                let answers = call(request(headers, message)).await?;
                Ok(Body::stream(encoded(answers.into_inner())))
            }
        })
    }

    /// Adds a client-streaming method.
    #[must_use]
    pub fn client_streaming<In, Out, Call>(
        self,
        name: &'static str,
        call: impl Fn(Request<Messages<In>>) -> Call + Send + Sync + 'static,
    ) -> Self
    where
        In: Message + Default + 'static,
        Out: Message,
        Call: Future<Output = Result<Response<Out>, Status>> + Send + 'static,
    {
        self.with(name, move |headers, frames| {
            let answer = call(request(headers, Messages::new(frames)));
            async move { Ok(Body::message(body::encode(answer.await?.get_ref()))) }
        })
    }

    /// Adds a bidirectional-streaming method.
    #[must_use]
    pub fn streaming<In, Out, Outs, Call>(
        self,
        name: &'static str,
        call: impl Fn(Request<Messages<In>>) -> Call + Send + Sync + 'static,
    ) -> Self
    where
        In: Message + Default + 'static,
        Out: Message + 'static,
        Outs: Answers<Out>,
        Call: Future<Output = Result<Response<Outs>, Status>> + Send + 'static,
    {
        self.with(name, move |headers, frames| {
            let answers = call(request(headers, Messages::new(frames)));
            async move { Ok(Body::stream(encoded(answers.await?.into_inner()))) }
        })
    }
}

impl Respond for Methods {
    fn respond(
        &self,
        request: http::Request<Incoming>,
        max_message: usize,
    ) -> BoxFuture<'static, http::Response<Body>> {
        let asked = request.uri().path().rsplit('/').next().unwrap_or_default();
        let Some((_, method)) = self.methods.iter().find(|(name, _)| *name == asked) else {
            // Only the code, like tonic and grpc-go.
            return body::refused(Status::unimplemented(""));
        };
        method(request, max_message)
    }
}

impl fmt::Debug for Methods {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let methods = self.methods.iter().map(|(name, _)| name);
        write!(f, "{} ", self.name)?;
        f.debug_list().entries(methods).finish()
    }
}

/// Not generic, to keep it out of each method's code.
#[inline(never)]
fn metadata(headers: HeaderMap) -> MetadataMap {
    MetadataMap::from_headers(headers)
}

fn request<M>(headers: HeaderMap, message: M) -> Request<M> {
    Request::from_parts(metadata(headers), Extensions::new(), message)
}

fn encoded<M: Message + 'static>(answers: impl Answers<M>) -> Encoded {
    Box::pin(answers.map(|answer| answer.map(|message| body::encode(&message))))
}
