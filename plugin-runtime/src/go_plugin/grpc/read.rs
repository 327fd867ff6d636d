//! Messages that come in: each is a byte that says whether it is compressed, its length in four bytes, and itself
//! (gRPC over HTTP/2, "Length-Prefixed-Message").

use std::future::poll_fn;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes, BytesMut};
use http_body::Body as _;
use hyper::body::Incoming;
use prost::Message;
use tokio_stream::Stream;
use tonic::Status;

use super::body::HEAD;

/// How much room is made at once for a message that is announced and has not come yet.
const STEP: usize = 1 << 20;

/// The messages of a request, not decoded.
pub(crate) struct Frames {
    body: Incoming,
    /// What the last HTTP/2 frame has left.
    frame: Bytes,
    /// A message of several frames, as far as it has come, head included.
    begun: BytesMut,
}

impl Frames {
    pub(super) fn new(body: Incoming) -> Self {
        Self { body, frame: Bytes::new(), begun: BytesMut::new() }
    }

    /// The message of a request that has one.
    pub(super) async fn only(&mut self) -> Result<Bytes, Status> {
        let message = poll_fn(|cx| self.poll_message(cx)).await;
        let message = message.unwrap_or_else(|| Err(Status::internal("Missing request message.")))?;
        // Its end has to be seen, so that the stream is closed on both sides.
        match poll_fn(|cx| self.poll_message(cx)).await {
            None => Ok(message),
            Some(Ok(_)) => Err(Status::internal("more than one message in the request of a unary method")),
            Some(Err(status)) => Err(status),
        }
    }

    /// The next message; none at the end.
    fn poll_message(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Status>>> {
        loop {
            match self.take() {
                Ok(Some(message)) => return Poll::Ready(Some(Ok(message))),
                Ok(None) => {}
                Err(status) => return Poll::Ready(Some(Err(status))),
            }
            match ready!(Pin::new(&mut self.body).poll_frame(cx)) {
                Some(Ok(frame)) => {
                    if let Ok(data) = frame.into_data() {
                        self.frame = data;
                    }
                }
                Some(Err(error)) => return Poll::Ready(Some(Err(Status::from_error(Box::new(error))))),
                None if self.begun.is_empty() => return Poll::Ready(None),
                None => {
                    self.begun.clear();
                    return Poll::Ready(Some(Err(Status::internal("Unexpected EOF decoding stream."))));
                }
            }
        }
    }

    /// A message that is there whole: out of its frame, not copied, or put together.
    fn take(&mut self) -> Result<Option<Bytes>, Status> {
        if self.begun.is_empty()
            && let Some(length) = length(&self.frame)?
            && self.frame.len() - HEAD >= length
        {
            self.frame.advance(HEAD);
            return Ok(Some(self.frame.split_to(length)));
        }
        if self.frame.is_empty() {
            return Ok(None);
        }
        let head = HEAD.saturating_sub(self.begun.len()).min(self.frame.len());
        self.begun.extend_from_slice(&self.frame.split_to(head));
        let Some(length) = length(&self.begun)? else { return Ok(None) };
        let missing = length - (self.begun.len() - HEAD);
        if self.begun.capacity() - self.begun.len() < missing {
            self.begun.reserve(missing.min(STEP.max(self.begun.len())));
        }
        self.begun.extend_from_slice(&self.frame.split_to(missing.min(self.frame.len())));
        if self.begun.len() - HEAD < length {
            return Ok(None);
        }
        self.begun.advance(HEAD);
        Ok(Some(std::mem::take(&mut self.begun).freeze()))
    }
}

/// What the head says; none if it has not come whole.
fn length(message: &[u8]) -> Result<Option<usize>, Status> {
    let Some((head, _)) = message.split_first_chunk::<HEAD>() else { return Ok(None) };
    let [compressed, length @ ..] = *head;
    match compressed {
        0 => Ok(Some(u32::from_be_bytes(length) as usize)),
        1 => Err(Status::unimplemented("the message is compressed, which this plugin does not support")),
        flag => Err(Status::internal(format!(
            "protocol error: received message with invalid compression flag: {flag} (valid flags are 0 and 1)"
        ))),
    }
}

pub(super) fn decode<M: Message + Default>(message: Bytes) -> Result<M, Status> {
    M::decode(message).map_err(|error| Status::internal(error.to_string()))
}

/// The messages of a stream, decoded one by one.
pub(crate) struct Messages<M> {
    frames: Frames,
    of: PhantomData<fn() -> M>,
}

impl<M> Messages<M> {
    pub(super) fn new(frames: Frames) -> Self {
        Self { frames, of: PhantomData }
    }
}

impl<M: Message + Default> Stream for Messages<M> {
    type Item = Result<M, Status>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.frames.poll_message(cx).map(|message| message.map(|message| message.and_then(decode)))
    }
}
