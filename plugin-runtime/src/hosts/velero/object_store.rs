//! `generated.ObjectStore`.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};
use plugwright_model::Kind;
use tokio::io::{AsyncRead, AsyncReadExt, ReadBuf};
use tokio::sync::mpsc;
use tokio_stream::Stream;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status, Streaming};

use super::call::{Called, Calls};
use super::proto::generated::object_store_server::{ObjectStore, ObjectStoreServer};
use super::proto::generated::{
    self, CreateSignedUrlRequest, CreateSignedUrlResponse, DeleteObjectRequest, Empty, GetObjectRequest,
    ListCommonPrefixesRequest, ListCommonPrefixesResponse, ListObjectsRequest, ListObjectsResponse,
    ObjectExistsRequest, ObjectExistsResponse, ObjectStoreInitRequest, PutObjectRequest,
};
use crate::action::object_store::{Handler, ObjectKey};
use crate::types::ObjectBody;
use crate::{Error, Result};

const KIND: Kind = Kind::ObjectStore;

/// How much of an object goes into one message. Velero's own plugins send 16 KiB; hosts up to 1.8
/// take no more than 4 MiB.
const CHUNK: usize = 256 << 10;

/// How many messages may wait for the host to take them.
const CHUNKS_AHEAD: usize = 2;

pub(super) fn service(calls: Calls) -> ObjectStoreServer<Service> {
    ObjectStoreServer::new(Service { calls }).max_decoding_message_size(usize::MAX)
}

pub(super) struct Service {
    calls: Calls,
}

#[tonic::async_trait]
impl ObjectStore for Service {
    async fn init(&self, request: Request<ObjectStoreInitRequest>) -> Result<Response<Empty>, Status> {
        let ObjectStoreInitRequest { plugin, config } = request.into_inner();
        let init = move |called: Called<dyn Handler>| async move {
            called.handler.init(called.config(config)?).await
        };
        self.calls.run(KIND, plugin, "init", init).await.map(|()| Response::new(Empty {}))
    }

    async fn put_object(
        &self,
        request: Request<Streaming<PutObjectRequest>>,
    ) -> Result<Response<Empty>, Status> {
        let mut messages = request.into_inner();
        // For an empty object a host sends no message at all (Velero's object_store_client.go), so that
        // nobody can know its name. A Go plugin answers `EOF`.
        let Some(first) = messages.message().await? else {
            return Err(Status::unknown(
                "EOF: the host sent no message, as it does for an empty object: there is no bucket and no key",
            ));
        };
        let PutObjectRequest { plugin, bucket, key, body } = first;
        let put = move |handler: Arc<dyn Handler>| async move {
            let mut body = ObjectBody::new(FromHost { messages, chunk: body });
            handler.put_object(&ObjectKey { bucket, key }, &mut body).await
        };
        self.calls.call(KIND, plugin, "put_object", put).await.map(|()| Response::new(Empty {}))
    }

    async fn object_exists(
        &self,
        request: Request<ObjectExistsRequest>,
    ) -> Result<Response<ObjectExistsResponse>, Status> {
        let ObjectExistsRequest { plugin, bucket, key } = request.into_inner();
        let at = ObjectKey { bucket, key };
        let exists = move |handler: Arc<dyn Handler>| async move { handler.object_exists(&at).await };
        let exists = self.calls.call(KIND, plugin, "object_exists", exists).await?;
        Ok(Response::new(ObjectExistsResponse { exists }))
    }

    type GetObjectStream = ReceiverStream<Result<generated::Bytes, Status>>;

    async fn get_object(
        &self,
        request: Request<GetObjectRequest>,
    ) -> Result<Response<Self::GetObjectStream>, Status> {
        let GetObjectRequest { plugin, bucket, key } = request.into_inner();
        let (messages, to_host) = mpsc::channel(CHUNKS_AHEAD);
        let calls = self.calls.clone();
        tokio::spawn(async move {
            let chunks = messages.clone();
            let get = move |called: Called<dyn Handler>| async move {
                let body = called.handler.get_object(&ObjectKey { bucket, key }).await?;
                send(body, chunks).await
            };
            if let Err(status) = calls.run(KIND, plugin, "get_object", get).await {
                // A host that does not read any more has closed its reader.
                let _ = messages.send(Err(status)).await;
            }
        });
        Ok(Response::new(ReceiverStream::new(to_host)))
    }

    async fn list_common_prefixes(
        &self,
        request: Request<ListCommonPrefixesRequest>,
    ) -> Result<Response<ListCommonPrefixesResponse>, Status> {
        let ListCommonPrefixesRequest { plugin, bucket, delimiter, prefix } = request.into_inner();
        let list = move |handler: Arc<dyn Handler>| async move {
            handler.list_common_prefixes(&bucket, &prefix, &delimiter).await
        };
        let prefixes = self.calls.call(KIND, plugin, "list_common_prefixes", list).await?;
        Ok(Response::new(ListCommonPrefixesResponse { prefixes }))
    }

    async fn list_objects(
        &self,
        request: Request<ListObjectsRequest>,
    ) -> Result<Response<ListObjectsResponse>, Status> {
        let ListObjectsRequest { plugin, bucket, prefix } = request.into_inner();
        let list =
            move |handler: Arc<dyn Handler>| async move { handler.list_objects(&bucket, &prefix).await };
        let keys = self.calls.call(KIND, plugin, "list_objects", list).await?;
        Ok(Response::new(ListObjectsResponse { keys }))
    }

    async fn delete_object(&self, request: Request<DeleteObjectRequest>) -> Result<Response<Empty>, Status> {
        let DeleteObjectRequest { plugin, bucket, key } = request.into_inner();
        let at = ObjectKey { bucket, key };
        let delete = move |handler: Arc<dyn Handler>| async move { handler.delete_object(&at).await };
        self.calls.call(KIND, plugin, "delete_object", delete).await.map(|()| Response::new(Empty {}))
    }

    async fn create_signed_url(
        &self,
        request: Request<CreateSignedUrlRequest>,
    ) -> Result<Response<CreateSignedUrlResponse>, Status> {
        let CreateSignedUrlRequest { plugin, bucket, key, ttl } = request.into_inner();
        let at = ObjectKey { bucket, key };
        let create = move |handler: Arc<dyn Handler>| async move {
            let ttl = u64::try_from(ttl).map_err(|_| Error::msg(format!("a ttl of {ttl} ns is negative")))?;
            handler.create_signed_url(&at, Duration::from_nanos(ttl)).await
        };
        let url = self.calls.call(KIND, plugin, "create_signed_url", create).await?;
        Ok(Response::new(CreateSignedUrlResponse { url }))
    }
}

/// Sends an object's content, no faster than the host takes it.
async fn send(mut body: ObjectBody, messages: mpsc::Sender<Result<generated::Bytes, Status>>) -> Result<()> {
    loop {
        let mut chunk = BytesMut::with_capacity(CHUNK);
        while chunk.len() < CHUNK {
            if body.read_buf(&mut chunk).await? == 0 {
                break;
            }
        }
        let last = chunk.len() < CHUNK;
        if !chunk.is_empty() && messages.send(Ok(generated::Bytes { data: chunk.freeze() })).await.is_err() {
            tracing::debug!("the host closed the object before its end");
            return Ok(());
        }
        if last {
            return Ok(());
        }
    }
}

/// Reads what the host sends, no faster than the plugin takes it.
struct FromHost {
    messages: Streaming<PutObjectRequest>,
    /// What is left of the last message.
    chunk: Bytes,
}

impl AsyncRead for FromHost {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        while self.chunk.is_empty() {
            match ready!(Pin::new(&mut self.messages).poll_next(cx)) {
                Some(Ok(message)) => self.chunk = message.body,
                Some(Err(status)) => {
                    let message = format!("the host's stream was cut off: {}", status.message());
                    return Poll::Ready(Err(io::Error::new(io::ErrorKind::UnexpectedEof, message)));
                }
                None => return Poll::Ready(Ok(())),
            }
        }
        let length = self.chunk.len().min(buffer.remaining());
        buffer.put_slice(&self.chunk[..length]);
        self.chunk.advance(length);
        Poll::Ready(Ok(()))
    }
}
