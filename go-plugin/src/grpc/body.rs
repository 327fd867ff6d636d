//! Response bodies: one message or a stream of messages, then the status in the trailers.

use std::error::Error;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{BufMut, Bytes};
use http::{HeaderMap, HeaderValue, Response, header};
use http_body::Frame;
use http_body_util::BodyExt as _;
use prost::Message;
use tokio::time::{Instant, Sleep};
use tokio_stream::Stream;
use tonic::{Code, Status};

/// The flag byte of an uncompressed message, and its length.
pub(super) const HEAD: usize = 5;

/// The longest text of an error. It is sent as a header, percent-encoded, and often again in the details; hosts
/// accept 16 MiB of headers (grpc-go's `defaultClientMaxHeaderListSize`), and fail the call, or all calls of the
/// connection, at more.
const LONGEST_TEXT: usize = 1 << 20;
const LONGEST_DETAILS: usize = 4 << 20;

/// Messages sent to the host, each with its length prefix.
pub(super) type Encoded = Pin<Box<dyn Stream<Item = Result<Bytes, Status>> + Send>>;

type BoxError = Box<dyn Error + Send + Sync>;

/// The body of a response.
#[derive(Default)]
pub struct Body(Kind);

#[derive(Default)]
enum Kind {
    /// Only headers, which contain the status.
    #[default]
    Empty,
    Message(Bytes),
    Stream(Encoded),
    Trailers(Result<(), Status>),
    /// The body of a tonic service.
    Other(Pin<Box<dyn http_body::Body<Data = Bytes, Error = BoxError> + Send>>),
    /// A body that ends at a deadline, even if incomplete.
    Until(Box<Body>, Pin<Box<Sleep>>),
}

impl Body {
    pub(super) fn message(message: Bytes) -> Self {
        Self(Kind::Message(message))
    }

    pub(super) fn stream(answers: Encoded) -> Self {
        Self(Kind::Stream(answers))
    }

    /// The body of another library's response.
    pub(super) fn of<B>(body: B) -> Self
    where
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        Self(Kind::Other(Box::pin(body.map_err(Into::into))))
    }

    /// Ends a body with an error at this deadline. A single message is sent immediately.
    pub(super) fn until(self, deadline: Instant) -> Self {
        match self.0 {
            Kind::Stream(_) | Kind::Other(_) => {
                Self(Kind::Until(Box::new(self), Box::pin(tokio::time::sleep_until(deadline))))
            }
            at_once => Self(at_once),
        }
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Body").finish_non_exhaustive()
    }
}

/// Encodes the message with its prefix.
pub(super) fn encode<M: Message>(message: &M) -> Bytes {
    let length = message.encoded_len();
    let mut encoded = Vec::with_capacity(HEAD + length);
    encoded.put_u8(0);
    // Longer messages cannot be sent; hosts do not accept them.
    encoded.put_u32(u32::try_from(length).unwrap_or(u32::MAX));
    message.encode_raw(&mut encoded);
    encoded.into()
}

pub(super) fn response(answer: Result<Body, Status>) -> Response<Body> {
    match answer {
        Ok(body) => {
            let mut response = Response::new(body);
            let grpc = HeaderValue::from_static("application/grpc");
            response.headers_mut().insert(header::CONTENT_TYPE, grpc);
            response
        }
        Err(status) => shortened(&status).unwrap_or(status).into_http(),
    }
}

/// Truncates the text of an error that is too long to be sent, and omits its details.
fn shortened(status: &Status) -> Option<Status> {
    let text = status.message();
    if text.len() <= LONGEST_TEXT && status.details().len() <= LONGEST_DETAILS {
        return None;
    }
    let end = (0..=LONGEST_TEXT.min(text.len())).rev().find(|end| text.is_char_boundary(*end))?;
    let text = match text.len() - end {
        0 => text.to_owned(),
        omitted => format!("{} … ({omitted} more bytes)", &text[..end]),
    };
    Some(Status::with_metadata(status.code(), text, status.metadata().clone()))
}

/// grpc-go's text.
pub(super) fn deadline_exceeded() -> Status {
    Status::deadline_exceeded("context deadline exceeded")
}

fn trailers(status: &Result<(), Status>) -> HeaderMap {
    let mut trailers = HeaderMap::with_capacity(3);
    match status {
        Ok(()) => {
            trailers.insert(Status::GRPC_STATUS, HeaderValue::from_static("0"));
        }
        Err(status) => {
            let shortened = shortened(status);
            let status = shortened.as_ref().unwrap_or(status);
            if status.add_header(&mut trailers).is_err() {
                let internal = HeaderValue::from(Code::Internal as i32);
                trailers.insert(Status::GRPC_STATUS, internal);
            }
        }
    }
    trailers
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let (frame, rest) = match &mut self.0 {
            Kind::Empty => return Poll::Ready(None),
            Kind::Message(message) => (Frame::data(std::mem::take(message)), Kind::Trailers(Ok(()))),
            Kind::Trailers(status) => (Frame::trailers(trailers(status)), Kind::Empty),
            Kind::Stream(answers) => match answers.as_mut().poll_next(cx) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Some(Ok(message))) => return Poll::Ready(Some(Ok(Frame::data(message)))),
                Poll::Ready(Some(Err(status))) => (Frame::trailers(trailers(&Err(status))), Kind::Empty),
                Poll::Ready(None) => (Frame::trailers(trailers(&Ok(()))), Kind::Empty),
            },
            Kind::Other(body) => return body.as_mut().poll_frame(cx),
            Kind::Until(body, over) => {
                if over.as_mut().poll(cx).is_pending() {
                    return Pin::new(&mut **body).poll_frame(cx);
                }
                (Frame::trailers(trailers(&Err(deadline_exceeded()))), Kind::Empty)
            }
        };
        self.0 = rest;
        Poll::Ready(Some(Ok(frame)))
    }

    fn is_end_stream(&self) -> bool {
        match &self.0 {
            Kind::Empty => true,
            Kind::Other(body) => body.is_end_stream(),
            Kind::Until(body, _) => body.is_end_stream(),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: usize = 1 << 20;

    #[test]
    fn long_error_texts_are_truncated() {
        for (text, kept, omitted) in [
            ("a".repeat(MIB + 1), "a".repeat(MIB), 1),
            // Not in the middle of a character.
            ("a".repeat(MIB - 1) + "é", "a".repeat(MIB - 1), 2),
            ("a".repeat(3 * MIB), "a".repeat(MIB), 2 * MIB),
        ] {
            let status = shortened(&Status::not_found(text)).expect("it is too long");
            assert_eq!(status.code(), Code::NotFound);
            assert!(status.message() == format!("{kept} … ({omitted} more bytes)"), "{omitted}");
        }
        assert!(shortened(&Status::not_found("a".repeat(MIB))).is_none());
    }

    #[test]
    fn long_details_are_omitted() {
        let with_details = |length| Status::with_details(Code::Aborted, "text", vec![0; length].into());
        assert!(shortened(&with_details(4 * MIB)).is_none());
        let status = shortened(&with_details(4 * MIB + 1)).expect("they are too long");
        assert_eq!((status.code(), status.message(), status.details()), (Code::Aborted, "text", &[][..]));
    }
}
