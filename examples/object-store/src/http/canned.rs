//! An HTTP server for unit tests: it gives prepared responses, and keeps the requests.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use http::Method;
use object_store::client::{HttpClient, HttpError, HttpRequest, HttpResponse, HttpService};

#[derive(Debug, Clone)]
pub(crate) struct Canned(Arc<Mutex<Talk>>);

#[derive(Debug)]
struct Talk {
    responses: VecDeque<(u16, String)>,
    requests: Vec<Asked>,
}

/// A request.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) method: Method,
    pub(crate) uri: String,
    pub(crate) body: String,
    pub(crate) authorization: String,
}

impl Canned {
    /// The responses in their order, each with its status.
    pub(crate) fn new(responses: &[(u16, &str)]) -> Self {
        let responses = responses.iter().map(|(status, body)| (*status, (*body).to_owned())).collect();
        Self(Arc::new(Mutex::new(Talk { responses, requests: Vec::new() })))
    }

    pub(crate) fn client(&self) -> HttpClient {
        HttpClient::new(self.clone())
    }

    /// The requests so far.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.0.lock().unwrap().requests.clone()
    }
}

#[async_trait]
impl HttpService for Canned {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let mut talk = self.0.lock().unwrap();
        let body = request.body().as_bytes().map(|body| String::from_utf8_lossy(body).into_owned());
        let authorization = request.headers().get("authorization");
        talk.requests.push(Asked {
            method: request.method().clone(),
            uri: request.uri().to_string(),
            body: body.unwrap_or_default(),
            authorization: authorization.map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default(),
        });
        let (status, body) = talk.responses.pop_front().unwrap();
        let mut response = HttpResponse::new(body.into());
        *response.status_mut() = status.try_into().unwrap();
        Ok(response)
    }
}
