//! Answers that go out: one message or a stream of them, then the status in the trailers.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{BufMut, Bytes};
use http::{HeaderMap, HeaderValue, Response, header};
use http_body::{Frame, SizeHint};
use prost::Message;
use tonic::{Code, Status};

use super::Stuff;

/// A byte that says that a message is not compressed, and its length.
pub(super) const HEAD: usize = 5;

/// What hyper sends.
#[derive(Default)]
pub(crate) enum Body {
    /// Nothing but headers, in which the status is.
    #[default]
    Empty,
    Message(Bytes),
    Stream(Stuff),
    Trailers(Result<(), Status>),
}

impl Body {
    pub(super) fn message(message: Bytes) -> Self {
        Self::Message(message)
    }

    pub(super) fn stream(answers: Stuff) -> Self {
        Self::Stream(answers)
    }
}

/// The message with its head.
pub(super) fn encode<M: Message>(message: &M) -> Bytes {
    let length = message.encoded_len();
    let mut encoded = Vec::with_capacity(HEAD + length);
    encoded.put_u8(0);
    // Longer ones cannot be sent at all; no host takes as much.
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
        Err(status) => status.into_http(),
    }
}

fn trailers(status: &Result<(), Status>) -> HeaderMap {
    let mut trailers = HeaderMap::with_capacity(3);
    match status {
        Ok(()) => {
            trailers.insert(Status::GRPC_STATUS, HeaderValue::from_static("0"));
        }
        Err(status) => {
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
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let (frame, rest) = match &mut *self {
            Self::Empty => return Poll::Ready(None),
            Self::Message(message) => (Frame::data(std::mem::take(message)), Self::Trailers(Ok(()))),
            Self::Trailers(status) => (Frame::trailers(trailers(status)), Self::Empty),
            Self::Stream(answers) => match ready!(answers.as_mut().poll_next(cx)) {
                Some(Ok(message)) => return Poll::Ready(Some(Ok(Frame::data(message)))),
                Some(Err(status)) => (Frame::trailers(trailers(&Err(status))), Self::Empty),
                None => (Frame::trailers(trailers(&Ok(()))), Self::Empty),
            },
        };
        *self = rest;
        Poll::Ready(Some(Ok(frame)))
    }

    fn is_end_stream(&self) -> bool {
        matches!(self, Self::Empty)
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::default()
    }
}
