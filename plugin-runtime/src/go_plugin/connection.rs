//! One HTTP/2 connection from the host, and which gRPC service answers what.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use http::{Request, Response};
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncRead, AsyncWrite};
use tonic::Status;
use tonic::body::Body;
use tonic::server::NamedService;
use tower_service::Service;

/// What may be under way on a stream before its reader has taken it. grpc-go starts at 64 KiB and
/// grows; a larger start lets a stream of objects run at full speed from its first message.
const STREAM_WINDOW: u32 = 2 << 20;
const CONNECTION_WINDOW: u32 = 4 << 20;
const SEND_BUFFER: usize = 1 << 20;
const MAX_FRAME: u32 = 64 << 10;

type Answer = Pin<Box<dyn Future<Output = Response<Body>> + Send>>;
type Route = Arc<dyn Fn(Request<Incoming>) -> Answer + Send + Sync>;

/// The services of a plugin by their gRPC names.
#[derive(Clone, Default)]
pub(crate) struct Services {
    routes: BTreeMap<&'static str, Route>,
}

impl Services {
    /// Adds one; tonic's generated servers are what comes here.
    pub(crate) fn with<S>(mut self, service: S) -> Self
    where
        S: Service<Request<Incoming>, Response = Response<Body>, Error = Infallible> + NamedService,
        S: Clone + Send + Sync + 'static,
        S::Future: Send,
    {
        self.routes.insert(S::NAME, route(service));
        self
    }

    /// Adds one that the host calls by another name.
    pub(crate) fn with_as<S>(mut self, name: &'static str, service: S) -> Self
    where
        S: Service<Request<Incoming>, Response = Response<Body>, Error = Infallible> + NamedService,
        S: Clone + Send + Sync + 'static,
        S::Future: Send,
    {
        let route = route(service);
        let renamed = move |mut request: Request<Incoming>| {
            let method = request.uri().path().rsplit('/').next().unwrap_or_default();
            // What is no path is no method, either, and is answered as that.
            *request.uri_mut() = format!("/{}/{method}", S::NAME).parse().unwrap_or_default();
            route(request)
        };
        self.routes.insert(name, Arc::new(renamed));
        self
    }

    fn answer(&self, request: Request<Incoming>) -> Answer {
        // `/package.Service/Method`
        let name = request.uri().path().trim_start_matches('/').split('/').next().unwrap_or_default();
        if let Some(route) = self.routes.get(name) {
            return route(request);
        }
        let status = Status::unimplemented(format!("unknown service {name}"));
        Box::pin(std::future::ready(status.into_http()))
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
        hyper::server::conn::http2::Builder::new(TokioExecutor::new())
            .initial_stream_window_size(STREAM_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW)
            .max_send_buf_size(SEND_BUFFER)
            .max_frame_size(MAX_FRAME)
            .max_concurrent_streams(None)
            .serve_connection(TokioIo::new(io), answer)
            .await
    }
}

fn route<S>(service: S) -> Route
where
    S: Service<Request<Incoming>, Response = Response<Body>, Error = Infallible>,
    S: Clone + Send + Sync + 'static,
    S::Future: Send,
{
    Arc::new(move |request| -> Answer {
        let mut service = service.clone();
        Box::pin(async move {
            match service.call(request).await {
                Ok(response) => response,
                Err(never) => match never {},
            }
        })
    })
}
