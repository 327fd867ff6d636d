//! Handles a request, for the in-process client and for the server.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{Request, Response};
use serde_json::Value;

use crate::body::{AnswerBody, collect};
use crate::cluster::FakeCluster;
use crate::request::Target;
use crate::status::Failure;

/// The cluster as a service for kube's client.
#[derive(Debug, Clone)]
pub(super) struct Service(pub(super) FakeCluster);

impl<B> tower_service::Service<Request<B>> for Service
where
    B: http_body::Body<Data: Send, Error: Send> + Send + 'static,
{
    type Response = Response<AnswerBody>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let cluster = self.0.clone();
        Box::pin(async move { Ok(cluster.respond(request).await) })
    }
}

impl FakeCluster {
    pub(super) async fn respond<B: http_body::Body>(&self, request: Request<B>) -> Response<AnswerBody> {
        let (code, body) = match self.handle(request).await {
            Ok(answer) => answer,
            Err(failure) => (failure.code, json_body(&failure.to_json())),
        };
        let mut response = Response::new(body);
        *response.status_mut() = http::StatusCode::from_u16(code).unwrap_or_default();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, http::HeaderValue::from_static("application/json"));
        if code == 429 {
            headers.insert(RETRY_AFTER, http::HeaderValue::from_static("1"));
        }
        response
    }

    async fn handle<B: http_body::Body>(&self, request: Request<B>) -> Result<(u16, AnswerBody), Failure> {
        let (head, body) = request.into_parts();
        let path = head.uri.path_and_query().map_or("", |path| path.as_str());
        self.note(format!("{} {path}", head.method));
        if head.uri.path() == "/version" {
            return Ok((200, json_body(&self.version())));
        }
        let target = Target::of(&head.uri).ok_or_else(Failure::no_path)?;
        let verb = target.verb(&head.method).ok_or_else(|| Failure::method(head.method.as_str()))?;
        if let Some(code) = self.fault(verb, &target.resource, &target.subresource) {
            return Err(Failure::injected(code, &target.resource, &target.name));
        }
        if verb == "watch" {
            return Ok((200, AnswerBody::Events(self.watch(target)?)));
        }
        let body = collect(body).await;
        let body = body.map_err(|_| Failure::bad_request("the request body was cut off".to_owned()))?;
        let media_type = head.headers.get(CONTENT_TYPE).and_then(|media_type| media_type.to_str().ok());
        let media_type = media_type.unwrap_or_default().split(';').next().unwrap_or_default().trim();
        let body = read(&body, media_type)?;
        let (code, answer) = self.answer(verb, &target, media_type, &body)?;
        Ok((code, json_body(&answer)))
    }
}

/// Apply patches may be YAML, a superset of JSON.
fn read(body: &[u8], media_type: &str) -> Result<Value, Failure> {
    if body.is_empty() {
        return Ok(Value::Null);
    }
    let text = std::str::from_utf8(body).map_err(|error| Failure::bad_request(error.to_string()))?;
    match serde_json::from_str(text) {
        Err(_) if media_type.ends_with("yaml") => {
            serde_saphyr::from_str(text).map_err(|error| Failure::bad_request(error.to_string()))
        }
        read => read.map_err(|error| Failure::bad_request(format!("invalid request body: {error}"))),
    }
}

fn json_body(value: &Value) -> AnswerBody {
    AnswerBody::Full(Some(value.to_string().into()))
}
