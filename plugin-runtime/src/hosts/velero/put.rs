//! The content of an object being put, read from the host's messages by the plugin's own call.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use tokio_stream::Stream;
use tonic::Status;

use super::object_store::Part;

/// The messages of an object. Its clones share one stream, so that what the plugin leaves can be discarded.
pub(super) struct Parts<S>(Arc<Mutex<S>>);

impl<S> Clone for Parts<S> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<S> Parts<S>
where
    S: Stream<Item = Result<Part, Status>> + Unpin + Send + 'static,
{
    pub(super) fn new(parts: S) -> Self {
        Self(Arc::new(Mutex::new(parts)))
    }

    /// Returns the content: the body of the first message, and the rest.
    pub(super) fn content(&self, first: Bytes) -> Content<S> {
        Content { first: Some(first), parts: Some(self.clone()) }
    }

    /// Reads the host's stream to its end.
    ///
    /// A host whose object is not read to its end reports `EOF` instead of the plugin's response (Velero's
    /// `object_store_client.go`, `PutObject`: `Send` fails once the stream has a response).
    pub(super) async fn discard(self) {
        while let Some(Ok(_)) = poll_fn(|cx| self.poll(cx)).await {}
    }

    fn poll(&self, cx: &mut Context<'_>) -> Poll<Option<Result<Part, Status>>> {
        let mut parts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Pin::new(&mut *parts).poll_next(cx)
    }
}

/// The content of an object, one message at a time.
pub(super) struct Content<S> {
    first: Option<Bytes>,
    /// `None` after an error.
    parts: Option<Parts<S>>,
}

impl<S> Stream for Content<S>
where
    S: Stream<Item = Result<Part, Status>> + Unpin + Send + 'static,
{
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Some(first) = self.first.take() {
            return Poll::Ready(Some(Ok(first)));
        }
        let Some(parts) = &self.parts else { return Poll::Ready(None) };
        Poll::Ready(match ready!(parts.poll(cx)) {
            Some(Ok(part)) => Some(Ok(part.body)),
            Some(Err(status)) => {
                self.parts = None;
                let message = format!("the host's stream was cut off: {}", status.message());
                Some(Err(io::Error::new(io::ErrorKind::UnexpectedEof, message)))
            }
            None => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::sync::mpsc;
    use tokio_stream::StreamExt as _;
    use tokio_stream::wrappers::ReceiverStream;

    #[allow(clippy::unnecessary_wraps, reason = "the items of a stream")]
    fn part(body: Vec<u8>) -> Result<Part, Status> {
        Ok(Part { plugin: String::new(), bucket: String::new(), key: String::new(), body: body.into() })
    }

    #[tokio::test]
    async fn error_follows_the_received_bytes() {
        let parts = [part(vec![1; 5]), Err(Status::cancelled("gone"))];
        let mut content = Parts::new(tokio_stream::iter(parts)).content(Bytes::from("first"));
        assert_eq!(content.next().await.unwrap().unwrap(), "first");
        assert_eq!(content.next().await.unwrap().unwrap(), vec![1; 5]);
        let error = content.next().await.unwrap().unwrap_err();
        assert_eq!(error.to_string(), "the host's stream was cut off: gone");
        assert!(content.next().await.is_none());
    }

    #[tokio::test]
    async fn rest_of_a_dropped_body_is_discarded() {
        let (host, parts) = mpsc::channel(1);
        let parts = Parts::new(ReceiverStream::new(parts));
        drop(parts.content(Bytes::new()));
        let discarded = tokio::spawn(parts.discard());
        for _ in 0..100 {
            host.send(part(vec![0])).await.unwrap();
        }
        assert!(!discarded.is_finished());
        drop(host);
        discarded.await.unwrap();
    }
}
