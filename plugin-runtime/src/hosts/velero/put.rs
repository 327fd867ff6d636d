//! Passes the messages of an object being put to the plugin's thread, several at a time.
//!
//! Velero sends 16 KiB per message, and each would wake the plugin's thread. A task next to the connection
//! collects them, so that the thread wakes once per chunk. The plugin's thread joins them, not the one that
//! serves the connection.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_stream::{Stream, StreamExt as _};
use tonic::Status;

use super::object_store::Part;
use crate::types::PIECE;

/// The number of batches buffered for the plugin; beyond that, the host is not read.
const AHEAD: usize = 4;

/// The number of messages in a batch, even if they are short: each may retain a whole read buffer.
const MESSAGES: usize = 16;

/// The bodies of consecutive messages, together at least [`PIECE`] long unless there are [`MESSAGES`] or they
/// are the last.
type Batch = io::Result<Vec<Bytes>>;

/// The content of an object, one message at a time.
pub(super) struct Content {
    batches: mpsc::Receiver<Batch>,
    batch: std::vec::IntoIter<Bytes>,
}

impl Stream for Content {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Some(body) = self.batch.next() {
                return Poll::Ready(Some(Ok(body)));
            }
            match ready!(self.batches.poll_recv(cx)) {
                Some(Ok(batch)) => self.batch = batch.into_iter(),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
    }
}

/// An object being put.
pub(super) struct Put {
    pub(super) content: Content,
    /// Resolves when the host's stream is read to its end, even if the plugin does not read it.
    ///
    /// A host whose object is not read to its end reports `EOF` instead of the plugin's response (Velero's
    /// `object_store_client.go`, `PutObject`: `Send` fails once the stream has a response).
    pub(super) read: JoinHandle<()>,
}

/// Reads an object: the body of the first message, and the rest.
pub(super) fn put<S>(first: Bytes, mut parts: S) -> Put
where
    S: Stream<Item = Result<Part, Status>> + Unpin + Send + 'static,
{
    let (to_plugin, batches) = mpsc::channel(AHEAD);
    let read = tokio::spawn(async move {
        collect(first, &mut parts, to_plugin).await;
        while let Some(Ok(_)) = parts.next().await {}
    });
    Put { content: Content { batches, batch: Vec::new().into_iter() }, read }
}

/// Ends with the host's stream, or when the plugin has dropped the content.
async fn collect<S>(first: Bytes, parts: &mut S, to_plugin: mpsc::Sender<Batch>)
where
    S: Stream<Item = Result<Part, Status>> + Unpin,
{
    let mut length = first.len();
    let mut batch = vec![first];
    let end = loop {
        if length >= PIECE || batch.len() == MESSAGES {
            length = 0;
            if to_plugin.send(Ok(std::mem::take(&mut batch))).await.is_err() {
                return;
            }
        }
        let part = tokio::select! {
            // Only a wait watches for the end of the reader.
            biased;
            part = parts.next() => part,
            () = to_plugin.closed() => return,
        };
        match part {
            Some(Ok(part)) => {
                length += part.body.len();
                batch.push(part.body);
            }
            Some(Err(status)) => break Some(status),
            None => break None,
        }
    };
    // The plugin may have stopped reading.
    let _ = to_plugin.send(Ok(batch)).await;
    if let Some(status) = end {
        let message = format!("the host's stream was cut off: {}", status.message());
        let _ = to_plugin.send(Err(io::Error::new(io::ErrorKind::UnexpectedEof, message))).await;
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::pin::Pin;

    use super::*;
    use crate::types::ObjectBody;
    use tokio_stream::wrappers::ReceiverStream;

    const MESSAGE: usize = 16 << 10;

    #[allow(clippy::unnecessary_wraps, reason = "the items of a stream")]
    fn part(body: Vec<u8>) -> Result<Part, Status> {
        Ok(Part { plugin: String::new(), bucket: String::new(), key: String::new(), body: body.into() })
    }

    #[tokio::test]
    async fn wakes_once_per_chunk() {
        let (host, parts) = mpsc::channel(1);
        let put = put(Bytes::from(vec![0; MESSAGE]), ReceiverStream::new(parts));
        let mut pieces = ObjectBody::from_stream(put.content).into_stream();
        tokio::spawn(async move {
            for n in 1..34_u8 {
                host.send(part(vec![n; MESSAGE])).await.unwrap();
            }
        });
        let (mut content, mut lengths, mut waits) = (Vec::new(), Vec::new(), 0);
        loop {
            let next = poll_fn(|cx| {
                let polled = Pin::new(&mut pieces).poll_next(cx);
                waits += usize::from(polled.is_pending());
                polled
            });
            let Some(piece) = next.await else { break };
            let piece = piece.unwrap();
            lengths.push(piece.len());
            content.extend_from_slice(&piece);
        }
        assert_eq!(lengths, [[PIECE; 8].as_slice(), &[2 * MESSAGE]].concat());
        assert!(content.chunks(MESSAGE).zip(0..).all(|(message, n)| message.iter().all(|byte| *byte == n)));
        assert!(waits <= lengths.len() + 1, "{waits} waits for {} pieces", lengths.len());
    }

    #[tokio::test]
    async fn error_follows_the_received_bytes() {
        let parts = [part(vec![1; 5]), Err(Status::cancelled("gone"))];
        let mut content = put(Bytes::from("first"), tokio_stream::iter(parts)).content;
        assert_eq!(content.next().await.unwrap().unwrap(), "first");
        assert_eq!(content.next().await.unwrap().unwrap(), vec![1; 5]);
        let error = content.next().await.unwrap().unwrap_err();
        assert_eq!(error.to_string(), "the host's stream was cut off: gone");
        assert!(content.next().await.is_none());
    }

    #[tokio::test]
    async fn rest_of_a_dropped_body_is_discarded() {
        let (host, parts) = mpsc::channel(1);
        let Put { content, read } = put(Bytes::new(), ReceiverStream::new(parts));
        drop(content);
        for _ in 0..100 {
            host.send(part(vec![0; PIECE])).await.unwrap();
        }
        assert!(!read.is_finished());
        drop(host);
        read.await.unwrap();
    }

    #[tokio::test]
    async fn short_messages_are_not_collected_without_limit() {
        let (host, parts) = mpsc::channel(1);
        let mut content = put(Bytes::new(), ReceiverStream::new(parts)).content;
        for _ in 0..MESSAGES {
            host.send(part(vec![0])).await.unwrap();
        }
        assert!(content.next().await.is_some());
        assert_eq!(content.batch.len(), MESSAGES - 1);
    }

    #[tokio::test]
    async fn slow_plugin_delays_the_host() {
        let (host, parts) = mpsc::channel::<Result<Part, Status>>(1);
        let _put = put(Bytes::new(), ReceiverStream::new(parts));
        let mut taken = 0;
        let send_all = async {
            loop {
                host.send(part(vec![0; PIECE])).await.unwrap();
                taken += 1;
            }
        };
        assert!(tokio::time::timeout(std::time::Duration::from_millis(50), send_all).await.is_err());
        assert!(taken <= AHEAD + 3, "{taken}");
    }
}
