//! Sends HTTP/2 frames to a service, and reads its responses.

use std::convert::Infallible;
use std::task::{Context, Poll};

use bytes::{BufMut as _, Bytes};
use http::HeaderMap;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use prost::Message as _;
use tokio_stream::StreamExt as _;
use tonic::{Code, Request, Response, Status};

use super::{Messages, Methods, Services, connection};
use crate::BoxFuture;

/// The response to a call.
struct Reply {
    /// The response has no body, only headers.
    headers_only: bool,
    headers: HeaderMap,
    data: Vec<u8>,
    status: Status,
}

fn services() -> Services {
    let echo = Methods::new("test.Echo")
        .unary("One", async |request: Request<String>| Ok(Response::new(request.into_inner())))
        .client_streaming("Joined", async |request: Request<Messages<String>>| {
            let texts: Vec<String> = request.into_inner().collect::<Result<_, Status>>().await?;
            Ok(Response::new(texts.join("|")))
        })
        .server_streaming("Words", async |request: Request<String>| {
            let words: Vec<_> = request.get_ref().split(' ').map(str::to_owned).collect();
            let answers = words.into_iter().map(|word| match word.as_str() {
                "fail" => Err(Status::data_loss("it failed")),
                _ => Ok(word),
            });
            Ok(Response::new(tokio_stream::iter(answers.collect::<Vec<_>>())))
        })
        .streaming("All", async |request: Request<Messages<String>>| Ok(Response::new(request.into_inner())))
        .unary("Never", async |_: Request<String>| {
            std::future::pending::<Result<Response<String>, _>>().await
        })
        .server_streaming("NeverEnds", async |request: Request<String>| {
            let first = tokio_stream::once(Ok(request.into_inner()));
            Ok(Response::new(first.chain(tokio_stream::pending())))
        });
    Services::new().add_methods(echo)
}

/// A service with tonic's interface.
#[derive(Clone)]
struct Generated;

impl tonic::server::NamedService for Generated {
    const NAME: &'static str = "test.Generated";
}

impl tower_service::Service<http::Request<Incoming>> for Generated {
    type Response = http::Response<tonic::body::Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Incoming>) -> Self::Future {
        Box::pin(async move {
            if !request.uri().path().ends_with("/Echo") {
                return Ok(Status::unimplemented("").into_http());
            }
            let data = request.into_body().collect().await.unwrap().to_bytes();
            let trailers = HeaderMap::from_iter([(Status::GRPC_STATUS, "0".parse().unwrap())]);
            let body = Full::new(data).with_trailers(std::future::ready(Some(Ok(trailers))));
            Ok(http::Response::new(tonic::body::Body::new(body)))
        })
    }
}

/// A message with its prefix.
fn message(text: &str) -> Vec<u8> {
    let message = text.to_owned().encode_to_vec();
    let mut framed = vec![0];
    framed.put_u32(u32::try_from(message.len()).unwrap());
    framed.extend(message);
    framed
}

fn messages(texts: &[&str]) -> Vec<u8> {
    texts.iter().flat_map(|text| message(text)).collect()
}

/// Calls a method with a body in these frames.
async fn call_with(
    services: Services,
    method: &str,
    timeout: Option<&str>,
    frames: impl IntoIterator<Item = &[u8]>,
) -> Reply {
    let (near, far) = tokio::io::duplex(1 << 20);
    tokio::spawn(connection::serve(services, far));
    let (sender, connection) = h2::client::handshake(near).await.unwrap();
    tokio::spawn(connection);
    let mut request = http::Request::post(format!("http://plugin/{method}"));
    if let Some(timeout) = timeout {
        request = request.header("grpc-timeout", timeout);
    }
    let mut sender = sender.ready().await.unwrap();
    let (response, mut body) = sender.send_request(request.body(()).unwrap(), false).unwrap();
    for frame in frames {
        body.send_data(Bytes::copy_from_slice(frame), false).unwrap();
    }
    body.send_data(Bytes::new(), true).unwrap();
    let (parts, mut body) = response.await.unwrap().into_parts();
    let headers_only = body.is_end_stream();
    let mut data = Vec::new();
    while let Some(part) = body.data().await {
        let part = part.unwrap();
        body.flow_control().release_capacity(part.len()).unwrap();
        data.extend_from_slice(&part);
    }
    let trailers = body.trailers().await.unwrap();
    let status = Status::from_header_map(trailers.as_ref().unwrap_or(&parts.headers)).expect("a status");
    Reply { headers_only, headers: parts.headers, data, status }
}

async fn call(method: &str, body: &[u8]) -> Reply {
    call_with(services(), method, None, [body]).await
}

#[tokio::test]
async fn messages_arrive_in_frames_of_any_size() {
    for length in [0, 1, 300, 70_000, 3 << 20] {
        let sent = message(&"x".repeat(length));
        for size in [1, 3, 4, 5, 6, 9, 1_000, usize::MAX] {
            if sent.len() / size > 5_000 {
                continue;
            }
            let frames = sent.chunks(size.min(sent.len()));
            let reply = call_with(services(), "test.Echo/One", None, frames).await;
            assert_eq!(reply.status.code(), Code::Ok, "{length} {size}: {:?}", reply.status);
            assert!(reply.data == sent, "{length} {size}");
            assert_eq!(reply.headers["content-type"], "application/grpc");
        }
    }
}

#[tokio::test]
async fn a_frame_may_have_several_messages() {
    let sent = messages(&["a", "", "bc", "d"]);
    for size in [1, 7, sent.len() - 1, sent.len()] {
        let joined = call_with(services(), "test.Echo/Joined", None, sent.chunks(size)).await;
        assert_eq!(joined.data, message("a||bc|d"), "{size}");
        let all = call_with(services(), "test.Echo/All", None, sent.chunks(size)).await;
        assert_eq!((all.status.code(), all.data), (Code::Ok, sent.clone()), "{size}");
    }
    assert_eq!(call("test.Echo/Joined", b"").await.data, message(""));
}

#[tokio::test]
async fn malformed_requests_are_refused() {
    let compressed = [&[1], &message("a")[1..]].concat();
    let flagged = [&[2], &message("a")[1..]].concat();
    // A string field that is longer than its message.
    let undecodable = [0, 0, 0, 0, 2, 10, 9];
    let whole = message("abc");
    for (method, body, code, text) in [
        ("One", &b""[..], Code::Internal, "Missing request message."),
        (
            "One",
            &messages(&["a", "b"]),
            Code::Internal,
            "more than one message in the request of a unary method",
        ),
        ("One", &whole[..3], Code::Internal, "Unexpected EOF decoding stream."),
        ("One", &whole[..whole.len() - 1], Code::Internal, "Unexpected EOF decoding stream."),
        ("Joined", &whole[..whole.len() - 1], Code::Internal, "Unexpected EOF decoding stream."),
        ("One", &flagged, Code::Internal, "invalid compression flag: 2"),
        ("One", &undecodable, Code::Internal, "failed to decode"),
        ("One", &compressed, Code::Unimplemented, "receives uncompressed messages only"),
        ("Other", &whole, Code::Unimplemented, ""),
    ] {
        let reply = call(&format!("test.Echo/{method}"), body).await;
        assert_eq!(reply.status.code(), code, "{method} {body:?}: {:?}", reply.status);
        assert!(reply.status.message().contains(text), "{method} {body:?}: {:?}", reply.status);
        assert!(reply.headers_only && reply.data.is_empty(), "{method} {body:?}");
        let encodings = reply.headers.get("grpc-accept-encoding").is_some_and(|list| list == "identity");
        assert_eq!(encodings, code == Code::Unimplemented && method == "One");
    }
    // The prefix is a frame of its own.
    let frames = [&[0, 0, 0, 0, 1][..], &[10]];
    let undecodable = call_with(services(), "test.Echo/One", None, frames).await.status;
    assert_eq!(undecodable.code(), Code::Internal, "{undecodable:?}");
    let unknown = call("test.Other/One", &whole).await.status;
    assert_eq!((unknown.code(), unknown.message()), (Code::Unimplemented, "unknown service test.Other"));
}

#[tokio::test]
async fn longest_message_is_the_limit() {
    // The text, its tag and its length.
    let limited = |limit: usize| services().max_message_size(limit);
    let sent = message("abcdefgh");
    for size in [1, sent.len()] {
        let frames = || sent.chunks(size);
        let reply = call_with(limited(10), "test.Echo/One", None, frames()).await;
        assert_eq!((reply.status.code(), reply.data), (Code::Ok, sent.clone()));
        let status = call_with(limited(9), "test.Echo/One", None, frames()).await.status;
        assert_eq!(status.code(), Code::ResourceExhausted);
        assert_eq!(status.message(), "grpc: received message larger than max (10 vs. 9)");
    }
}

#[tokio::test]
async fn an_error_ends_a_response_stream() {
    let reply = call("test.Echo/Words", &message("a b")).await;
    assert_eq!((reply.status.code(), reply.data), (Code::Ok, messages(&["a", "b"])));
    let reply = call("test.Echo/Words", &message("a fail b")).await;
    assert_eq!((reply.status.code(), reply.status.message()), (Code::DataLoss, "it failed"));
    assert_eq!(reply.data, message("a"));
}

#[tokio::test(start_paused = true)]
async fn calls_end_at_their_deadline() {
    for (method, data) in [("Never", Vec::new()), ("NeverEnds", message("a"))] {
        let sent = message("a");
        let reply = call_with(services(), &format!("test.Echo/{method}"), Some("1H"), [&sent[..]]).await;
        assert_eq!(reply.status.code(), Code::DeadlineExceeded, "{method}");
        assert_eq!(reply.status.message(), "context deadline exceeded");
        assert_eq!(reply.data, data, "{method}");
    }
    let sent = message("a");
    let in_time = call_with(services(), "test.Echo/One", Some("1m"), [&sent[..]]).await;
    assert_eq!((in_time.status.code(), in_time.data), (Code::Ok, sent));
}

#[tokio::test]
async fn services_of_tonic_are_served_next_to_methods() {
    let services = services().add_service(Generated);
    assert_eq!(services.names().collect::<Vec<_>>(), ["test.Echo", "test.Generated"]);
    let sent = message("abc");
    for timeout in [None, Some("1H")] {
        let frames = || [&sent[..]];
        let echoed = call_with(services.clone(), "test.Generated/Echo", timeout, frames()).await;
        assert_eq!((echoed.status.code(), &echoed.data), (Code::Ok, &sent));
        let refused = call_with(services.clone(), "test.Generated/Other", timeout, frames()).await;
        assert_eq!((refused.status.code(), refused.headers_only), (Code::Unimplemented, true), "{timeout:?}");
        let method = call_with(services.clone(), "test.Echo/One", timeout, frames()).await;
        assert_eq!((method.status.code(), &method.data), (Code::Ok, &sent));
    }
}
