//! Responses that tonic can read.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body::{Body, Frame};
use tonic::Status;
use tonic::body::Body as TonicBody;
use tonic::metadata::MetadataMap;
use tonic::transport::Channel;
use tower_service::Service;

use crate::BoxFuture;

/// Base64 of a status's details.
const DETAILS: &str = "grpc-status-details-bin";

/// A channel that drops details that are not base64 from its responses: tonic panics at them (`status.rs`,
/// `Status::from_header_map`), and the other end may send anything.
#[derive(Debug, Clone)]
pub struct Checked(Channel);

impl Checked {
    /// Checks the responses of this channel.
    pub fn new(channel: Channel) -> Self {
        Self(channel)
    }
}

impl Service<Request<TonicBody>> for Checked {
    type Response = Response<CheckedBody>;
    type Error = tonic::transport::Error;
    type Future = BoxFuture<'static, Result<Self::Response, Self::Error>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Service::poll_ready(&mut self.0, cx)
    }

    fn call(&mut self, request: Request<TonicBody>) -> Self::Future {
        let response = self.0.call(request);
        Box::pin(async move {
            let mut response = response.await?;
            check(response.headers_mut());
            Ok(response.map(CheckedBody))
        })
    }
}

/// A response whose trailers are checked.
#[derive(Debug)]
pub struct CheckedBody(TonicBody);

impl Body for CheckedBody {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let mut frame = ready!(Pin::new(&mut self.0).poll_frame(cx));
        if let Some(Ok(frame)) = &mut frame
            && let Some(trailers) = frame.trailers_mut()
        {
            check(trailers);
        }
        Poll::Ready(frame)
    }
}

fn check(headers: &mut HeaderMap) {
    let Some(details) = headers.get(DETAILS) else { return };
    let alone = MetadataMap::from_headers(HeaderMap::from_iter([(
        http::HeaderName::from_static(DETAILS),
        details.clone(),
    )]));
    if alone.get_bin(DETAILS).is_none_or(|details| details.to_bytes().is_err()) {
        headers.remove(DETAILS);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_valid_details_stay() {
        for (details, stays) in [
            ("", true),
            ("CAISBmZhaWxlZA", true),
            ("CAISBmZhaWxlZA==", true),
            ("a=a", false),
            ("app", false),
            ("(", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert("grpc-status", "2".parse().unwrap());
            headers.insert(DETAILS, details.parse().unwrap());
            check(&mut headers);
            assert_eq!(headers.contains_key(DETAILS), stays, "{details}");
            // It panics at details that are not base64.
            assert_eq!(
                Status::from_header_map(&headers).map(|status| status.code()),
                Some(tonic::Code::Unknown)
            );
        }
    }
}
