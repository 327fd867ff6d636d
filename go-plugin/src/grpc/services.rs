//! The gRPC services of a plugin, by their names.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::error::Error;
use std::fmt;
use std::future::poll_fn;
use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response};
use hyper::body::Incoming;
use tonic::Status;
use tonic::server::NamedService;
use tower_service::Service;

use super::answer::Answer;
use super::body::Body;
use super::respond::Respond;
use super::{Methods, deadline};

/// The longest message that a Go plugin receives (go-plugin `grpc_server.go`, `DefaultGRPCServer`).
const MAX_MESSAGE: usize = i32::MAX as usize;

/// The gRPC services that a plugin serves.
#[derive(Clone)]
pub struct Services {
    services: Arc<BTreeMap<&'static str, Arc<dyn Respond>>>,
    max_message: usize,
}

impl Default for Services {
    fn default() -> Self {
        Self { services: Arc::default(), max_message: MAX_MESSAGE }
    }
}

impl Services {
    /// No services yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a service that tonic generated, or any other that has a gRPC name.
    ///
    /// A service that was added under the same name before is replaced. tonic's own limits apply: unless
    /// `max_decoding_message_size` is called on the service, it refuses messages above 4 MiB, which a Go plugin
    /// receives.
    #[must_use]
    pub fn add_service<S, B>(self, service: S) -> Self
    where
        S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + NamedService,
        S: Clone + Send + Sync + 'static,
        S::Future: Send,
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<Box<dyn Error + Send + Sync>>,
    {
        self.insert(S::NAME, Arc::new(Generated(service)))
    }

    /// Adds a service of this crate's own form. A service that was added under the same name before is replaced.
    #[must_use]
    pub fn add_methods(self, methods: Methods) -> Self {
        self.insert(methods.name(), Arc::new(methods))
    }

    /// The longest message that services added with [`add_methods`](Self::add_methods) receive, in bytes. Defaults to
    /// 2 GiB − 1, as in Go. A longer one is answered with `RESOURCE_EXHAUSTED`.
    #[must_use]
    pub fn max_message_size(mut self, bytes: usize) -> Self {
        self.max_message = bytes;
        self
    }

    /// The names of the services.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.services.keys().copied()
    }

    fn insert(mut self, name: &'static str, service: Arc<dyn Respond>) -> Self {
        Arc::make_mut(&mut self.services).insert(name, service);
        self
    }

    pub(super) fn answer(&self, request: Request<Incoming>) -> Answer {
        // `/package.Service/Method`
        let name = request.uri().path().trim_start_matches('/').split('/').next().unwrap_or_default();
        let Some(service) = self.services.get(name) else {
            return Answer::refuse(Status::unimplemented(format!("unknown service {name}")));
        };
        let limit = deadline::of(request.headers());
        let answer = service.respond(request, self.max_message);
        match limit {
            None => answer,
            Some(limit) => Answer::respond(Box::pin(deadline::within(limit, answer))),
        }
    }
}

impl fmt::Debug for Services {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.services.keys()).finish()
    }
}

/// A service of tonic's.
struct Generated<S>(S);

impl<S, B> Respond for Generated<S>
where
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Clone + Send + Sync + 'static,
    S::Future: Send,
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    fn respond(&self, request: Request<Incoming>, _: usize) -> Answer {
        let mut service = self.0.clone();
        Answer::respond(Box::pin(async move {
            let Ok(()) = poll_fn(|cx| service.poll_ready(cx)).await;
            let Ok(response) = service.call(request).await;
            response.map(Body::of)
        }))
    }
}
