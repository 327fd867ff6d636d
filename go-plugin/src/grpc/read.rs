//! Received messages: a compression flag byte, a length of four bytes, and the message (gRPC over HTTP/2,
//! "Length-Prefixed-Message").

use std::fmt;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes, BytesMut};
use http_body::Body as _;
use hyper::body::Incoming;
use prost::Message;
use tokio_stream::Stream;
use tonic::Status;
use tonic::metadata::MetadataValue;

use super::body::HEAD;

/// The initial buffer for an announced message that has not arrived yet.
const STEP: usize = 1 << 20;

/// The messages of a request, not decoded.
pub(super) struct Frames {
    body: Incoming,
    /// The longest message.
    limit: usize,
    /// The remaining data of the last HTTP/2 frame.
    frame: Bytes,
    /// The received part of a message that spans several frames, including its prefix.
    begun: BytesMut,
}

impl Frames {
    pub(super) fn new(body: Incoming, limit: usize) -> Self {
        Self { body, limit, frame: Bytes::new(), begun: BytesMut::new() }
    }

    /// Reads the message of a unary request into `first`, which is `None` at the first poll, and then the end of the stream.
    pub(super) fn poll_only(
        &mut self,
        first: &mut Option<Bytes>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Bytes, Status>> {
        loop {
            // Read to the end, so that the stream is closed on both sides.
            let next = ready!(self.poll_message(cx));
            return Poll::Ready(match (next, first.take()) {
                (Some(Ok(message)), None) => {
                    *first = Some(message);
                    continue;
                }
                (None, Some(message)) => Ok(message),
                (None, None) => Err(Status::internal("Missing request message.")),
                (Some(Ok(_)), Some(_)) => {
                    Err(Status::internal("more than one message in the request of a unary method"))
                }
                (Some(Err(status)), _) => Err(status),
            });
        }
    }

    /// Polls the next message; `None` at the end.
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

    /// Takes a complete message: a slice of its frame, without copy, or assembled from several.
    fn take(&mut self) -> Result<Option<Bytes>, Status> {
        if self.begun.is_empty()
            && let Some(length) = self.length(&self.frame)?
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
        let Some(length) = self.length(&self.begun)? else { return Ok(None) };
        let missing = length - (self.begun.len() - HEAD);
        self.begun.reserve(missing.min(STEP.max(self.begun.len())));
        self.begun.extend_from_slice(&self.frame.split_to(missing.min(self.frame.len())));
        if self.begun.len() - HEAD < length {
            return Ok(None);
        }
        self.begun.advance(HEAD);
        Ok(Some(std::mem::take(&mut self.begun).freeze()))
    }

    /// Returns the length in the message's prefix; `None` if the prefix is incomplete. The texts are
    /// grpc-go's.
    fn length(&self, message: &[u8]) -> Result<Option<usize>, Status> {
        let Some(length) = length(message)? else { return Ok(None) };
        if length > self.limit {
            let limit = self.limit;
            return Err(Status::resource_exhausted(format!(
                "grpc: received message larger than max ({length} vs. {limit})"
            )));
        }
        Ok(Some(length))
    }
}

fn length(message: &[u8]) -> Result<Option<usize>, Status> {
    let Some((head, _)) = message.split_first_chunk::<HEAD>() else { return Ok(None) };
    let [compressed, length @ ..] = *head;
    match compressed {
        0 => Ok(Some(u32::from_be_bytes(length) as usize)),
        1 => Err(unsupported_encoding()),
        flag => Err(Status::internal(format!(
            "protocol error: received message with invalid compression flag: {flag} (valid flags are 0 and 1)"
        ))),
    }
}

/// Lists the supported encodings, as gRPC over HTTP/2 ("Compression") requires.
fn unsupported_encoding() -> Status {
    let mut status =
        Status::unimplemented("the message is compressed; this plugin receives uncompressed messages only");
    status.metadata_mut().insert("grpc-accept-encoding", MetadataValue::from_static("identity"));
    status
}

pub(super) fn decode<M: Message + Default>(message: Bytes) -> Result<M, Status> {
    M::decode(message).map_err(|error| Status::internal(error.to_string()))
}

/// The messages of a stream, decoded one by one.
pub struct Messages<M> {
    frames: Frames,
    of: PhantomData<fn() -> M>,
}

impl<M> Messages<M> {
    pub(super) fn new(frames: Frames) -> Self {
        Self { frames, of: PhantomData }
    }
}

impl<M> fmt::Debug for Messages<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Messages").finish_non_exhaustive()
    }
}

impl<M: Message + Default> Stream for Messages<M> {
    type Item = Result<M, Status>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.frames.poll_message(cx).map(|message| message.map(|message| message.and_then(decode)))
    }
}
