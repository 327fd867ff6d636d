//! A strict S3 in front of versitygw: rejects what some stores reject, and breaks connections at random.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use crate::s3;
use crate::site::variable;
use crate::web::{self, Request, Response};

/// The headers of S3 that every store accepts.
const HEADERS: [&str; 5] = [
    "x-amz-date",
    "x-amz-content-sha256",
    "x-amz-security-token",
    "x-amz-tagging",
    "x-amz-server-side-encryption",
];

#[derive(Clone)]
pub(crate) struct Front {
    pub(crate) url: String,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    random: u64,
    /// The percentage of requests that fail.
    failing: u64,
    /// The method and target of all requests.
    requests: Vec<Request>,
    complaints: Vec<String>,
    cuts: BTreeMap<&'static str, u32>,
}

impl State {
    fn random(&mut self) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random
    }
}

impl Front {
    pub(crate) async fn start(failing: u64) -> Self {
        let random = 0x2545_f491_4f6c_dd1d;
        let state = Arc::new(Mutex::new(State { random, failing, ..State::default() }));
        let (to, client) = (variable("TEST_S3"), web::client());
        let of_handler = Arc::clone(&state);
        let address = web::serve(move |request| {
            let (state, to, client) = (Arc::clone(&of_handler), to.clone(), client.clone());
            async move { answer(&state, &client, &to, request).await }
        })
        .await;
        Self { url: format!("http://{address}"), state }
    }

    /// Over TLS. Rejects only framed bodies, as several stores do.
    pub(crate) async fn start_tls() -> Self {
        let state = Arc::new(Mutex::new(State::default()));
        let (to, client) = (variable("TEST_S3"), web::client());
        let of_handler = Arc::clone(&state);
        let address = web::serve_tls(move |request| {
            let (state, to, client) = (Arc::clone(&of_handler), to.clone(), client.clone());
            async move {
                if let Some(complaint) = framing_complaint(&request) {
                    return Some(rejection(&state, &request, &complaint));
                }
                Some(web::forward(&client, &to, &request).await)
            }
        })
        .await;
        Self { url: format!("https://{address}"), state }
    }

    pub(crate) fn complaints(&self) -> Vec<String> {
        self.state.lock().unwrap().complaints.clone()
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.state.lock().unwrap().requests.clone()
    }

    pub(crate) fn cuts(&self) -> BTreeMap<&'static str, u32> {
        self.state.lock().unwrap().cuts.clone()
    }

    pub(crate) fn set_failing(&self, failing: u64) {
        self.state.lock().unwrap().failing = failing;
    }
}

async fn answer(
    state: &Mutex<State>,
    client: &reqwest::Client,
    to: &str,
    request: Request,
) -> Option<Response> {
    let (fault, place) = {
        let mut state = state.lock().unwrap();
        state.requests.push(request.clone());
        let (failing, random, place) = (state.failing, state.random() % 100, state.random());
        let fault =
            (random < failing).then(|| ["before", "lost response", "cut body", "503"][(place % 4) as usize]);
        if let Some(fault) = fault {
            *state.cuts.entry(fault).or_default() += 1;
        }
        (fault, place)
    };
    if let Some(complaint) = complaint(&request) {
        return Some(rejection(state, &request, &complaint));
    }
    match fault {
        Some("before") => return None,
        Some("503") => return Some(Response::new(503, "<Error><Code>SlowDown</Code></Error>")),
        _ => {}
    }
    let mut response = web::forward(client, to, &request).await;
    match fault {
        // The upload is then unknown: see the README.
        Some("lost response") if !request.target.ends_with("?uploads=") => return None,
        Some("cut body") if request.method == "GET" => {
            response.cut = Some((place >> 8) as usize % response.body.len().max(1));
        }
        _ => {}
    }
    Some(response)
}

fn rejection(state: &Mutex<State>, request: &Request, complaint: &str) -> Response {
    let response = format!("<Error><Code>NotImplemented</Code><Message>{complaint}</Message></Error>");
    let query = request.query().into_iter().map(|(name, _)| name).collect::<Vec<_>>().join("&");
    let complaint = format!("{} {query}: {complaint}", request.method);
    state.lock().unwrap().complaints.push(complaint);
    Response::new(501, response)
}

fn framing_complaint(request: &Request) -> Option<String> {
    let header = |name: &str| request.header(name).unwrap_or_default();
    (header("content-encoding").contains("aws-chunked")
        || header("x-amz-content-sha256").starts_with("STREAMING"))
    .then(|| "AWS chunked encoding not supported".into())
}

/// The objection of a strict store to a request.
fn complaint(request: &Request) -> Option<String> {
    let header = |name: &str| request.header(name).unwrap_or_default();
    if let Some(complaint) = framing_complaint(request) {
        return Some(complaint);
    }
    if request.header("transfer-encoding").is_some() || request.header("expect").is_some() {
        return Some("a header of transfer is not supported".into());
    }
    let sha = header("x-amz-content-sha256");
    if request.header("authorization").is_some()
        && (sha.len() != 64 || !sha.bytes().all(|byte| byte.is_ascii_hexdigit()))
    {
        return Some(format!("the payload is not signed: {sha}"));
    }
    for (name, value) in &request.headers {
        let known = HEADERS.iter().any(|known| name.starts_with(known));
        if (name.starts_with("x-amz-") && !known) || value.is_empty() {
            return Some(format!("header {name} is not supported"));
        }
    }
    if request.query().iter().any(|(name, _)| name == "x-id" || name == "delete") {
        return Some("the query is not supported".into());
    }
    if request.method == "POST" && request.parameter("uploadId").is_some() {
        return order_complaint(&String::from_utf8_lossy(&request.body));
    }
    None
}

/// Parts must be in order, without gaps.
fn order_complaint(body: &str) -> Option<String> {
    let numbers: Vec<usize> =
        body.split("<PartNumber>").skip(1).filter_map(|rest| rest.split_once('<')?.0.parse().ok()).collect();
    let ordered =
        !numbers.is_empty() && numbers.iter().enumerate().all(|(index, number)| *number == index + 1);
    (!ordered).then(|| format!("parts are not in order: {numbers:?}"))
}

/// A store over TLS that does not know framing: it stores each body as it is. Returns its URL.
pub(crate) async fn without_framing() -> String {
    let address = web::serve_tls(|request: Request| async move {
        let url = format!("{}{}", variable("TEST_S3"), request.target);
        let received = s3::send(request.method.parse().unwrap(), &url, request.body).await;
        let mut response = Response::new(received.status().as_u16(), Vec::new());
        if let Some(etag) = received.headers().get("etag") {
            response = response.with("etag", etag.to_str().unwrap());
        }
        response.body = received.bytes().await.unwrap().to_vec();
        Some(response)
    })
    .await;
    format!("https://{address}")
}
