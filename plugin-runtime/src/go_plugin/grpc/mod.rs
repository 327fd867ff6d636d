//! gRPC as hosts speak it: what stands between an HTTP/2 request and a service.
//!
//! ```text
//! request ─ read: frames → messages ─► method ─► body: messages → frames, trailers ─► response
//! ```
//!
//! Everything here is there once in a binary, whatever the number of services: what is generic over a service's
//! messages is their decoding and encoding alone. tonic's own server code is there once for each method, and was
//! the larger part of a plugin.

mod body;
mod read;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use http::HeaderMap;
use hyper::body::Incoming;
use prost::Message;
use tokio_stream::{Stream, StreamExt as _};
use tonic::metadata::MetadataMap;
use tonic::{Extensions, Request, Response, Status};

use crate::future::BoxFuture;
pub(crate) use body::Body;
use read::Frames;
pub(crate) use read::Messages;

/// What a stream of a method's answers has to be.
pub(crate) trait Answers<M>: Stream<Item = Result<M, Status>> + Send + 'static {}
impl<M, S: Stream<Item = Result<M, Status>> + Send + 'static> Answers<M> for S {}

/// Messages on their way to the host, each with its head.
type Stuff = Pin<Box<dyn Stream<Item = Result<Bytes, Status>> + Send>>;

type Unary = dyn Fn(HeaderMap, Bytes) -> BoxFuture<'static, Result<Bytes, Status>> + Send + Sync;
type ServerStreaming = dyn Fn(HeaderMap, Bytes) -> BoxFuture<'static, Result<Stuff, Status>> + Send + Sync;
type ClientStreaming = dyn Fn(HeaderMap, Frames) -> BoxFuture<'static, Result<Bytes, Status>> + Send + Sync;
type Streaming = dyn Fn(HeaderMap, Frames) -> BoxFuture<'static, Result<Stuff, Status>> + Send + Sync;

/// A method, its messages' types erased.
#[derive(Clone)]
enum Method {
    Unary(Arc<Unary>),
    ServerStreaming(Arc<ServerStreaming>),
    ClientStreaming(Arc<ClientStreaming>),
    Streaming(Arc<Streaming>),
}

/// A gRPC service: its name, and what answers its methods. The generated code makes them.
pub(crate) struct Service {
    pub(super) name: &'static str,
    methods: Vec<(&'static str, Method)>,
}

impl Service {
    pub(crate) fn new(name: &'static str) -> Self {
        Self { name, methods: Vec::new() }
    }

    /// The same methods under another name.
    pub(crate) fn named(mut self, name: &'static str) -> Self {
        self.name = name;
        self
    }

    fn with(mut self, name: &'static str, method: Method) -> Self {
        self.methods.push((name, method));
        self
    }

    /// One message, one answer.
    pub(crate) fn unary<In, Out, Call>(
        self,
        name: &'static str,
        call: impl Fn(Request<In>) -> Call + Send + Sync + 'static,
    ) -> Self
    where
        In: Message + Default,
        Out: Message,
        Call: Future<Output = Result<Response<Out>, Status>> + Send + 'static,
    {
        let method = move |headers, message| -> BoxFuture<'static, Result<Bytes, Status>> {
            let answer = read::decode(message).map(|message| call(request(headers, message)));
            Box::pin(async move { Ok(body::encode(answer?.await?.get_ref())) })
        };
        self.with(name, Method::Unary(Arc::new(method)))
    }

    /// One message, a stream of answers.
    pub(crate) fn server_streaming<In, Out, Outs, Call>(
        self,
        name: &'static str,
        call: impl Fn(Request<In>) -> Call + Send + Sync + 'static,
    ) -> Self
    where
        In: Message + Default,
        Out: Message + 'static,
        Outs: Answers<Out>,
        Call: Future<Output = Result<Response<Outs>, Status>> + Send + 'static,
    {
        let method = move |headers, message| -> BoxFuture<'static, Result<Stuff, Status>> {
            let answers = read::decode(message).map(|message| call(request(headers, message)));
            Box::pin(async move { Ok(stuff(answers?.await?.into_inner())) })
        };
        self.with(name, Method::ServerStreaming(Arc::new(method)))
    }

    /// A stream of messages, one answer.
    pub(crate) fn client_streaming<In, Out, Call>(
        self,
        name: &'static str,
        call: impl Fn(Request<Messages<In>>) -> Call + Send + Sync + 'static,
    ) -> Self
    where
        In: Message + Default,
        Out: Message,
        Call: Future<Output = Result<Response<Out>, Status>> + Send + 'static,
    {
        let method = move |headers, frames| -> BoxFuture<'static, Result<Bytes, Status>> {
            let answer = call(request(headers, Messages::new(frames)));
            Box::pin(async move { Ok(body::encode(answer.await?.get_ref())) })
        };
        self.with(name, Method::ClientStreaming(Arc::new(method)))
    }

    /// Streams in both directions.
    pub(crate) fn streaming<In, Out, Outs, Call>(
        self,
        name: &'static str,
        call: impl Fn(Request<Messages<In>>) -> Call + Send + Sync + 'static,
    ) -> Self
    where
        In: Message + Default,
        Out: Message + 'static,
        Outs: Answers<Out>,
        Call: Future<Output = Result<Response<Outs>, Status>> + Send + 'static,
    {
        let method = move |headers, frames| -> BoxFuture<'static, Result<Stuff, Status>> {
            let answers = call(request(headers, Messages::new(frames)));
            Box::pin(async move { Ok(stuff(answers.await?.into_inner())) })
        };
        self.with(name, Method::Streaming(Arc::new(method)))
    }

    /// The response to a request for one of its methods, the last part of whose path is its name.
    pub(super) fn answer(
        &self,
        request: http::Request<Incoming>,
    ) -> BoxFuture<'static, http::Response<Body>> {
        let asked = request.uri().path().rsplit('/').next().unwrap_or_default();
        let Some((_, method)) = self.methods.iter().find(|(name, _)| *name == asked) else {
            // As tonic and grpc-go: only the code says it.
            return refused(Status::unimplemented(""));
        };
        let method = method.clone();
        Box::pin(async move { body::response(method.call(request).await) })
    }
}

impl Method {
    async fn call(self, request: http::Request<Incoming>) -> Result<Body, Status> {
        let (parts, body) = request.into_parts();
        let mut frames = Frames::new(body);
        match self {
            Self::Unary(call) => {
                let message = frames.only().await?;
                call(parts.headers, message).await.map(Body::message)
            }
            Self::ServerStreaming(call) => {
                let message = frames.only().await?;
                call(parts.headers, message).await.map(Body::stream)
            }
            Self::ClientStreaming(call) => call(parts.headers, frames).await.map(Body::message),
            Self::Streaming(call) => call(parts.headers, frames).await.map(Body::stream),
        }
    }
}

/// An answer without a call.
pub(super) fn refused(status: Status) -> BoxFuture<'static, http::Response<Body>> {
    Box::pin(std::future::ready(body::response(Err(status))))
}

fn request<M>(headers: HeaderMap, message: M) -> Request<M> {
    Request::from_parts(MetadataMap::from_headers(headers), Extensions::new(), message)
}

fn stuff<M: Message + 'static>(answers: impl Answers<M>) -> Stuff {
    Box::pin(answers.map(|answer| answer.map(|message| body::encode(&message))))
}
