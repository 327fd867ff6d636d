//! Requests over HTTP/1, with hyper.

use std::error::Error as StdError;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http::header::PROXY_AUTHORIZATION;
use http::uri::Scheme;
use http_body_util::BodyExt as _;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper_util::client::legacy;
use hyper_util::client::proxy::matcher::Matcher;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use object_store::client::{
    HttpError, HttpErrorKind, HttpRequest, HttpRequestBody, HttpResponse, HttpResponseBody,
};
use rustls::ClientConfig;
use tokio::time::{Instant, Sleep, sleep, timeout};

use super::connect::Connector;

/// The time limit for sending a part and receiving the response, and for each further piece of a response.
const READ: Duration = Duration::from_secs(300);

/// How long an unused connection is kept.
const IDLE: Duration = Duration::from_secs(90);

/// A client. Clones share its connections.
#[derive(Debug, Clone)]
pub(super) struct Client {
    client: legacy::Client<Connector, HttpRequestBody>,
    proxies: Option<Arc<Matcher>>,
}

impl Client {
    /// Takes the time limit for a connection.
    pub(super) fn new(tls: Arc<ClientConfig>, proxies: Option<Arc<Matcher>>, limit: Duration) -> Self {
        let connector = Connector::new(tls, proxies.clone(), limit);
        let mut builder = legacy::Client::builder(TokioExecutor::new());
        builder.pool_timer(TokioTimer::new()).pool_idle_timeout(IDLE);
        Self { client: builder.build(connector), proxies }
    }

    pub(super) async fn call(&self, mut request: HttpRequest) -> Result<HttpResponse, HttpError> {
        // With https, only the proxy's tunnel contains it.
        if request.uri().scheme() == Some(&Scheme::HTTP)
            && let Some(proxy) = self.proxies.as_ref().and_then(|proxies| proxies.intercept(request.uri()))
            && let Some(authorization) = proxy.basic_auth()
        {
            request.headers_mut().insert(PROXY_AUTHORIZATION, authorization.clone());
        }
        let response = timeout(READ, self.client.request(request)).await.map_err(|_| timed_out())?;
        let response = response.map_err(error)?;
        Ok(response.map(|body| {
            let body = Timed { body: body.map_err(error as fn(_) -> _), silence: Box::pin(sleep(READ)) };
            HttpResponseBody::new(body)
        }))
    }
}

/// The body of a response. Fails if nothing arrives for a while.
struct Timed {
    body: http_body_util::combinators::MapErr<Incoming, fn(hyper::Error) -> HttpError>,
    silence: Pin<Box<Sleep>>,
}

impl Body for Timed {
    type Data = Bytes;
    type Error = HttpError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, HttpError>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(cx) {
            self.silence.as_mut().reset(Instant::now() + READ);
            return Poll::Ready(frame);
        }
        ready!(self.silence.as_mut().poll(cx));
        Poll::Ready(Some(Err(timed_out())))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

fn timed_out() -> HttpError {
    error(io::Error::from(io::ErrorKind::TimedOut))
}

fn error<E: StdError + Send + Sync + 'static>(error: E) -> HttpError {
    HttpError::new(kind(&error), error)
}

/// What `object_store` does with the error: whether it sends the request again.
fn kind(error: &(dyn StdError + 'static)) -> HttpErrorKind {
    let mut found = None;
    let mut next = Some(error);
    while let Some(error) = next {
        let kind = kind_of_one(error);
        if kind == Some(HttpErrorKind::Timeout) {
            return HttpErrorKind::Timeout;
        }
        found = found.or(kind);
        next = error.source();
    }
    found.unwrap_or(HttpErrorKind::Unknown)
}

fn kind_of_one(error: &(dyn StdError + 'static)) -> Option<HttpErrorKind> {
    if let Some(error) = error.downcast_ref::<legacy::Error>() {
        return error.is_connect().then_some(HttpErrorKind::Connect);
    }
    if let Some(error) = error.downcast_ref::<hyper::Error>() {
        let is_request = error.is_closed() || error.is_incomplete_message() || error.is_body_write_aborted();
        return if error.is_timeout() {
            Some(HttpErrorKind::Timeout)
        } else {
            is_request.then_some(HttpErrorKind::Request)
        };
    }
    match error.downcast_ref::<io::Error>()?.kind() {
        io::ErrorKind::TimedOut => Some(HttpErrorKind::Timeout),
        io::ErrorKind::ConnectionAborted
        | io::ErrorKind::ConnectionReset
        | io::ErrorKind::BrokenPipe
        | io::ErrorKind::UnexpectedEof => Some(HttpErrorKind::Interrupted),
        _ => None,
    }
}
