//! One HTTP/2 connection from the host, and which gRPC service answers what.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;

use http::{Request, Response};
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncRead, AsyncWrite};
use tonic::Status;

use super::batch::Batched;
use super::grpc::{self, Body, Service};
use crate::future::BoxFuture;

/// What may be under way on a stream before its reader has taken it. grpc-go starts at 64 KiB and
/// grows; a larger start lets a stream of objects run at full speed from its first message.
const STREAM_WINDOW: u32 = 2 << 20;
const CONNECTION_WINDOW: u32 = 4 << 20;
const SEND_BUFFER: usize = 1 << 20;
const MAX_FRAME: u32 = 64 << 10;

/// The services of a plugin by their gRPC names.
#[derive(Clone, Default)]
pub(crate) struct Services {
    services: BTreeMap<&'static str, Arc<Service>>,
}

impl Services {
    /// Adds one.
    pub(crate) fn with(mut self, service: Service) -> Self {
        self.services.insert(service.name, Arc::new(service));
        self
    }

    fn answer(&self, request: Request<Incoming>) -> BoxFuture<'static, Response<Body>> {
        // `/package.Service/Method`
        let name = request.uri().path().trim_start_matches('/').split('/').next().unwrap_or_default();
        match self.services.get(name) {
            Some(service) => service.answer(request),
            None => grpc::refused(Status::unimplemented(format!("unknown service {name}"))),
        }
    }

    /// Serves one connection until the host closes it.
    pub(crate) async fn serve<IO>(self, io: IO) -> Result<(), hyper::Error>
    where
        IO: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let services = Arc::new(self);
        let answer = hyper::service::service_fn(move |request| {
            let answer = services.answer(request);
            async move { Ok::<_, Infallible>(answer.await) }
        });
        let io = Batched::new(io);
        let serve = hyper::server::conn::http2::Builder::new(TokioExecutor::new())
            .initial_stream_window_size(STREAM_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW)
            .max_send_buf_size(SEND_BUFFER)
            .max_frame_size(MAX_FRAME)
            .max_concurrent_streams(None)
            .serve_connection(TokioIo::new(io.clone()), answer);
        // Behind a pointer: the compiler cannot see that what hyper spawns in it is `'static`.
        let serve: BoxFuture<'static, _> = Box::pin(serve);
        io.drive(serve).await
    }
}
