//! Calls object stores.

use std::fmt;
use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};
use go_plugin::__private::Checked;
use tokio::io::{AsyncRead, AsyncReadExt, ReadBuf};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tokio_stream::{Stream, StreamExt as _};
use tonic::Streaming;

use super::connection::Connection;
use super::proto::generated::object_store_client::ObjectStoreClient as Grpc;
use super::proto::generated::{
    Bytes as Part, CreateSignedUrlRequest, DeleteObjectRequest, GetObjectRequest, ListCommonPrefixesRequest,
    ListObjectsRequest, ObjectExistsRequest, ObjectStoreInitRequest, PutObjectRequest,
};
use super::status::CallError;

/// The size of Velero's messages (`object_store_client.go`, `byteChunkSize`).
const CHUNK: usize = 16 * 1024;

/// An object store, from [`Client::object_store`](super::Client::object_store).
#[derive(Debug, Clone)]
pub struct ObjectStoreClient {
    connection: Connection,
    plugin: String,
}

/// The error of putting an object.
#[derive(Debug)]
#[non_exhaustive]
pub enum PutObjectError {
    /// The plugin returned an error, perhaps before it received the whole object.
    Call(CallError),
    /// The object could not be read. As with Velero, the plugin does not notice: for the plugin, the object
    /// ended there.
    Read(io::Error),
}

impl fmt::Display for PutObjectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Call(error) => error.fmt(f),
            Self::Read(error) => write!(f, "cannot read the object to put: {error}"),
        }
    }
}

impl std::error::Error for PutObjectError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Call(_) => None,
            Self::Read(error) => Some(error),
        }
    }
}

impl ObjectStoreClient {
    pub(super) fn new(connection: Connection, plugin: String) -> Self {
        Self { connection, plugin }
    }

    fn grpc(&self) -> Grpc<Checked> {
        Grpc::new(self.connection.checked()).max_decoding_message_size(usize::MAX)
    }

    /// Calls Init with the configuration of a backup storage location, to which Velero adds `bucket` and
    /// `prefix`; call it before all other methods.
    pub async fn init<K, V>(&self, config: impl IntoIterator<Item = (K, V)>) -> Result<(), CallError>
    where
        K: Into<String>,
        V: Into<String>,
    {
        let config = config.into_iter().map(|(key, value)| (key.into(), value.into())).collect();
        let request = ObjectStoreInitRequest { plugin: self.plugin.clone(), config };
        self.connection.answer(self.grpc().init(request)).await.map(drop)
    }

    /// Stores an object in messages of 16 KiB, like Velero. An empty object is sent without a message, to
    /// which Go plugins respond with the error `EOF`. Only a few messages are in memory. The plugin's
    /// response counts even if it arrives before the whole object is read.
    ///
    /// Dropping the future cancels the call: the plugin's read fails.
    pub async fn put_object(
        &self,
        bucket: &str,
        key: &str,
        body: impl AsyncRead,
    ) -> Result<(), PutObjectError> {
        let (sender, receiver) = mpsc::channel(1);
        // Without its end, the object never ends: a dropped sender must not make a cancelled object look whole.
        let parts = ReceiverStream::new(receiver).chain(tokio_stream::pending()).map_while(|part| part);
        let mut grpc = self.grpc();
        let mut call = pin!(self.connection.answer(grpc.put_object(parts)));
        let sent = tokio::select! {
            biased;
            // After an error, the rest of the object is not read.
            answered = &mut call => return answered.map(drop).map_err(PutObjectError::Call),
            sent = self.send(bucket, key, body, sender) => sent,
        };
        let answered = call.await;
        sent.map_err(PutObjectError::Read)?;
        answered.map(drop).map_err(PutObjectError::Call)
    }

    /// Sends the parts of an object, and its end.
    async fn send(
        &self,
        bucket: &str,
        key: &str,
        body: impl AsyncRead,
        parts: mpsc::Sender<Option<PutObjectRequest>>,
    ) -> io::Result<()> {
        let mut body = pin!(body);
        loop {
            let mut part = BytesMut::with_capacity(CHUNK);
            let read = body.read_buf(&mut part).await;
            if !matches!(read, Ok(1..)) {
                let _ = parts.send(None).await;
                return read.map(drop);
            }
            let request = PutObjectRequest {
                plugin: self.plugin.clone(),
                bucket: bucket.into(),
                key: key.into(),
                body: part.freeze(),
            };
            if parts.send(Some(request)).await.is_err() {
                // The plugin stopped reading; its response contains the reason.
                return Ok(());
            }
        }
    }

    /// Checks whether an object exists.
    pub async fn object_exists(&self, bucket: &str, key: &str) -> Result<bool, CallError> {
        let request =
            ObjectExistsRequest { plugin: self.plugin.clone(), bucket: bucket.into(), key: key.into() };
        Ok(self.connection.answer(self.grpc().object_exists(request)).await?.exists)
    }

    /// Fetches an object. An immediate error of the plugin is returned here, a later one by the reader.
    pub async fn get_object(&self, bucket: &str, key: &str) -> Result<ObjectReader, CallError> {
        let request =
            GetObjectRequest { plugin: self.plugin.clone(), bucket: bucket.into(), key: key.into() };
        let stream = self.connection.answer(self.grpc().get_object(request)).await?;
        Ok(ObjectReader { stream: Some(stream), part: Bytes::new() })
    }

    /// Lists the parts of keys from `prefix` up to and including the next `delimiter`.
    pub async fn list_common_prefixes(
        &self,
        bucket: &str,
        prefix: &str,
        delimiter: &str,
    ) -> Result<Vec<String>, CallError> {
        let request = ListCommonPrefixesRequest {
            plugin: self.plugin.clone(),
            bucket: bucket.into(),
            delimiter: delimiter.into(),
            prefix: prefix.into(),
        };
        Ok(self.connection.answer(self.grpc().list_common_prefixes(request)).await?.prefixes)
    }

    /// Lists the keys that start with `prefix`.
    pub async fn list_objects(&self, bucket: &str, prefix: &str) -> Result<Vec<String>, CallError> {
        let request =
            ListObjectsRequest { plugin: self.plugin.clone(), bucket: bucket.into(), prefix: prefix.into() };
        Ok(self.connection.answer(self.grpc().list_objects(request)).await?.keys)
    }

    /// Deletes an object.
    pub async fn delete_object(&self, bucket: &str, key: &str) -> Result<(), CallError> {
        let request =
            DeleteObjectRequest { plugin: self.plugin.clone(), bucket: bucket.into(), key: key.into() };
        self.connection.answer(self.grpc().delete_object(request)).await.map(drop)
    }

    /// Creates a URL by which anyone can fetch the object for `ttl`, at most 292 years.
    pub async fn create_signed_url(
        &self,
        bucket: &str,
        key: &str,
        ttl: Duration,
    ) -> Result<String, CallError> {
        let request = CreateSignedUrlRequest {
            plugin: self.plugin.clone(),
            bucket: bucket.into(),
            key: key.into(),
            ttl: i64::try_from(ttl.as_nanos()).unwrap_or(i64::MAX),
        };
        Ok(self.connection.answer(self.grpc().create_signed_url(request)).await?.url)
    }
}

/// An object being received from the plugin; only one message of it is in memory.
///
/// An error of the plugin is a [`CallError`] inside the [`io::Error`].
pub struct ObjectReader {
    /// `None` at the end.
    stream: Option<Streaming<Part>>,
    part: Bytes,
}

impl AsyncRead for ObjectReader {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        // An empty message is not the end.
        while self.part.is_empty() {
            let Some(stream) = &mut self.stream else { return Poll::Ready(Ok(())) };
            match ready!(Pin::new(stream).poll_next(cx)) {
                None => self.stream = None,
                Some(Ok(part)) => self.part = part.data,
                Some(Err(status)) => {
                    self.stream = None;
                    return Poll::Ready(Err(io::Error::other(CallError::from(status))));
                }
            }
        }
        let n = self.part.len().min(buffer.remaining());
        buffer.put_slice(&self.part[..n]);
        self.part.advance(n);
        Poll::Ready(Ok(()))
    }
}

impl fmt::Debug for ObjectReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ObjectReader").finish_non_exhaustive()
    }
}
