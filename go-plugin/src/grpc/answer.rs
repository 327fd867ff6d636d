//! [`Answer`]: reads a unary request, runs the method, and returns the response.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::{HeaderMap, Response};
use tonic::metadata::MetadataMap;
use tonic::{Extensions, Request, Status};

use super::body::{self, Body};
use super::read::Frames;
use crate::BoxFuture;

/// A running method.
pub(super) type MethodCall = BoxFuture<'static, Result<Body, Status>>;

/// A method that receives one message, before it is decoded.
pub(super) type OneMessage = dyn Fn(Request<Bytes>) -> MethodCall + Send + Sync;

/// The response to a request, as a future. Each call has one boxed future, its method's.
pub(super) struct Answer(State);

// A boxed request would be a second allocation for each call.
#[allow(clippy::large_enum_variant)]
enum State {
    Reading(Option<Unread>),
    Calling(MethodCall),
    Responding(BoxFuture<'static, Response<Body>>),
}

/// A request whose message has not arrived completely.
struct Unread {
    headers: HeaderMap,
    frames: Frames,
    message: Option<Bytes>,
    method: Arc<OneMessage>,
}

impl Answer {
    /// Reads the message, then calls the method.
    pub(super) fn read(headers: HeaderMap, frames: Frames, method: Arc<OneMessage>) -> Self {
        Self(State::Reading(Some(Unread { headers, frames, message: None, method })))
    }

    pub(super) fn call(call: MethodCall) -> Self {
        Self(State::Calling(call))
    }

    pub(super) fn respond(response: BoxFuture<'static, Response<Body>>) -> Self {
        Self(State::Responding(response))
    }

    /// An error without a call.
    pub(super) fn refuse(status: Status) -> Self {
        Self::call(refused(status))
    }
}

impl Future for Answer {
    type Output = Response<Body>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Response<Body>> {
        loop {
            match &mut self.0 {
                State::Reading(unread) => {
                    let Some(reading) = unread else { return Poll::Pending };
                    let message = ready!(reading.frames.poll_only(&mut reading.message, cx));
                    let Some(read) = unread.take() else { return Poll::Pending };
                    self.0 = State::Calling(match message {
                        Ok(message) => (read.method)(request(read.headers, message)),
                        Err(status) => refused(status),
                    });
                }
                State::Calling(call) => return call.as_mut().poll(cx).map(body::response),
                State::Responding(response) => return response.as_mut().poll(cx),
            }
        }
    }
}

/// Not generic, to keep it out of each method's code.
#[inline(never)]
pub(super) fn refused(status: Status) -> MethodCall {
    Box::pin(std::future::ready(Err(status)))
}

pub(super) fn request<M>(headers: HeaderMap, message: M) -> Request<M> {
    Request::from_parts(MetadataMap::from_headers(headers), Extensions::new(), message)
}
