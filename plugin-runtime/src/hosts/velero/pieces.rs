//! Merges the messages of an object being put into larger chunks.
//!
//! Velero sends 16 KiB per message, and each would wake the plugin's thread. A task next to the connection
//! merges them, so that the thread wakes once per chunk.

use std::io;

use bytes::{Bytes, BytesMut};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_stream::wrappers::ReceiverStream;
use tokio_stream::{Stream, StreamExt as _};
use tonic::Status;

use super::object_store::Part;
use crate::types::PIECE;

/// The number of chunks buffered for the plugin; beyond that, the host is not read.
const AHEAD: usize = 4;

/// The content of an object.
pub(super) struct Pieces {
    pub(super) pieces: ReceiverStream<io::Result<Bytes>>,
    /// Resolves when the host's stream is read to its end, even if the plugin does not read it.
    ///
    /// A host whose object is not read to its end reports `EOF` instead of the plugin's response (Velero's
    /// `object_store_client.go`, `PutObject`: `Send` fails once the stream has a response).
    pub(super) read: JoinHandle<()>,
}

/// The content of an object: the body of the first message, and the rest.
pub(super) fn pieces<S>(first: Bytes, mut parts: S) -> Pieces
where
    S: Stream<Item = Result<Part, Status>> + Unpin + Send + 'static,
{
    let (to_plugin, pieces) = mpsc::channel(AHEAD);
    let read = tokio::spawn(async move {
        collect(first, &mut parts, to_plugin).await;
        while let Some(Ok(_)) = parts.next().await {}
    });
    Pieces { pieces: ReceiverStream::new(pieces), read }
}

/// Ends with the host's stream, or when the plugin has dropped the body.
async fn collect<S>(first: Bytes, parts: &mut S, to_plugin: mpsc::Sender<io::Result<Bytes>>)
where
    S: Stream<Item = Result<Part, Status>> + Unpin,
{
    let mut piece = BytesMut::new();
    let mut body = first;
    let end = loop {
        if piece.is_empty() && body.len() >= PIECE {
            if to_plugin.send(Ok(body)).await.is_err() {
                return;
            }
        } else {
            piece.reserve(PIECE.saturating_sub(piece.len()));
            piece.extend_from_slice(&body);
            if piece.len() >= PIECE && to_plugin.send(Ok(std::mem::take(&mut piece).freeze())).await.is_err()
            {
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
            Some(Ok(part)) => body = part.body,
            Some(Err(status)) => break Some(status),
            None => break None,
        }
    };
    // The plugin may have stopped reading.
    if !piece.is_empty() {
        let _ = to_plugin.send(Ok(piece.freeze())).await;
    }
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

    const MESSAGE: usize = 16 << 10;

    #[allow(clippy::unnecessary_wraps, reason = "the items of a stream")]
    fn part(body: Vec<u8>) -> Result<Part, Status> {
        Ok(Part { plugin: String::new(), bucket: String::new(), key: String::new(), body: body.into() })
    }

    #[tokio::test]
    async fn wakes_once_per_chunk() {
        let (host, parts) = mpsc::channel(1);
        let mut pieces = pieces(Bytes::from(vec![0; MESSAGE]), ReceiverStream::new(parts)).pieces;
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
        let mut pieces = pieces(Bytes::new(), tokio_stream::iter(parts)).pieces;
        assert_eq!(pieces.next().await.unwrap().unwrap(), vec![1; 5]);
        let error = pieces.next().await.unwrap().unwrap_err();
        assert_eq!(error.to_string(), "the host's stream was cut off: gone");
        assert!(pieces.next().await.is_none());
    }

    #[tokio::test]
    async fn rest_of_a_dropped_body_is_discarded() {
        let (host, parts) = mpsc::channel(1);
        let Pieces { pieces, read } = pieces(Bytes::new(), ReceiverStream::new(parts));
        drop(pieces);
        for _ in 0..100 {
            host.send(part(vec![0; PIECE])).await.unwrap();
        }
        assert!(!read.is_finished());
        drop(host);
        read.await.unwrap();
    }

    #[tokio::test]
    async fn slow_plugin_delays_the_host() {
        let (host, parts) = mpsc::channel::<Result<Part, Status>>(1);
        let _pieces = pieces(Bytes::new(), ReceiverStream::new(parts));
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
