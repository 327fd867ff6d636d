//! An API server for unit tests, inside the client: a function from a request path to a response.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::task::{Context as Poll, Poll as Polled};

use http::{Request, Response};
use kube::client::Body;
use serde_json::{Value, json};

use crate::{Context, Kind};

type Answer = dyn Fn(&str) -> Option<Value> + Send + Sync;

#[derive(Clone)]
pub(crate) struct Api {
    answer: Arc<Answer>,
    requests: Arc<Mutex<Vec<String>>>,
}

/// `answer` receives the path and query, and returns `None` for missing objects. A response of kind `Status`
/// is sent with its code.
pub(crate) fn answer(answer: impl Fn(&str) -> Option<Value> + Send + Sync + 'static) -> Api {
    Api { answer: Arc::new(answer), requests: Arc::default() }
}

/// The context of a `RestoreItemAction` named `example.io/a`.
pub(crate) fn context(api: &Api) -> Context {
    Context::for_tests(Kind::RestoreItemAction, "example.io/a").with_client(api.client())
}

pub(crate) fn status(code: u16, reason: &str, message: &str) -> Value {
    json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code, "reason": reason, "message": message})
}

impl Api {
    pub(crate) fn client(&self) -> kube::Client {
        kube::Client::new(self.clone(), "default")
    }

    /// Methods and paths, in order.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

impl tower_service::Service<Request<Body>> for Api {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = std::future::Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Poll<'_>) -> Polled<Result<(), Infallible>> {
        Polled::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let path = request.uri().path_and_query().map_or("", |path| path.as_str());
        self.requests.lock().unwrap().push(format!("{} {path}", request.method()));
        let answer = (self.answer)(path).unwrap_or_else(|| status(404, "NotFound", &format!("no {path}")));
        let code = if answer["kind"] == "Status" { answer["code"].as_u64().unwrap_or(500) } else { 200 };
        let response = Response::builder()
            .status(u16::try_from(code).unwrap())
            .body(Body::from(answer.to_string().into_bytes()));
        std::future::ready(Ok(response.unwrap()))
    }
}
