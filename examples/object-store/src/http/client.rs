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

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;

    /// Returns the request that a proxy receives first, and the client's result.
    async fn through_proxy(url: &str, response: &str) -> (String, Result<HttpResponse, HttpError>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let proxy = format!("http://user:word@{}", listener.local_addr().unwrap());
        let proxies = Arc::new(Matcher::builder().all(proxy).build());
        let tls = Arc::new(super::super::tls::config(None, false).unwrap());
        let client = Client::new(tls, Some(proxies), Duration::from_secs(60));
        let request = http::Request::get(url).body(HttpRequestBody::empty()).unwrap();
        let received = async {
            let (mut connection, _) = listener.accept().await.unwrap();
            let mut received = String::new();
            while !received.ends_with("\r\n\r\n") {
                received.push(char::from(connection.read_u8().await.unwrap()));
            }
            connection.write_all(response.as_bytes()).await.unwrap();
            received.to_lowercase()
        };
        tokio::join!(received, client.call(request))
    }

    #[tokio::test]
    async fn a_proxy_receives_the_whole_url() {
        let response = "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\ncontent";
        let (request, answer) = through_proxy("http://store.invalid/key?a=b", response).await;
        assert!(request.starts_with("get http://store.invalid/key?a=b http/1.1\r\n"), "{request}");
        assert!(request.contains("\r\nproxy-authorization: basic dxnlcjp3b3jk\r\n"), "{request}");
        assert_eq!(answer.unwrap().into_body().bytes().await.unwrap(), "content");
    }

    #[tokio::test]
    async fn a_proxy_tunnels_tls() {
        let response = "HTTP/1.1 200 OK\r\n\r\nno TLS";
        let (request, answer) = through_proxy("https://store.invalid/key", response).await;
        assert!(request.starts_with("connect store.invalid:443 http/1.1\r\n"), "{request}");
        assert!(request.contains("\r\nproxy-authorization: basic dxnlcjp3b3jk\r\n"), "{request}");
        assert_eq!(answer.unwrap_err().kind(), HttpErrorKind::Connect);
    }

    #[test]
    fn kinds_of_errors() {
        for (error, expected) in [
            (io::ErrorKind::TimedOut, HttpErrorKind::Timeout),
            (io::ErrorKind::ConnectionReset, HttpErrorKind::Interrupted),
            (io::ErrorKind::PermissionDenied, HttpErrorKind::Unknown),
        ] {
            assert_eq!(super::error(io::Error::from(error)).kind(), expected);
        }
    }
}
