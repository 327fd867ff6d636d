//! `generated.ObjectStore`.

use std::future::poll_fn;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use plugwright_model::Kind;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tokio_stream::{Iter, Stream, StreamExt as _, adapters::Chain};
use tonic::{Request, Response, Status};

use super::call::{Dispatcher, Target};
use super::proto::generated::object_store_server::{ObjectStore, serve};
use super::proto::generated::{
    self, CreateSignedUrlRequest, CreateSignedUrlResponse, DeleteObjectRequest, Empty, GetObjectRequest,
    ListCommonPrefixesRequest, ListCommonPrefixesResponse, ListObjectsRequest, ListObjectsResponse,
    ObjectExistsRequest, ObjectExistsResponse, ObjectStoreInitRequest, PutObjectRequest,
};
use super::put::Parts;
use crate::action::object_store::{Handler, ObjectKey};
use crate::types::ObjectBody;
use crate::{Error, Result};
use go_plugin::grpc::{Answers, Messages, Methods};

const KIND: Kind = Kind::ObjectStore;

/// The size of a message. Velero's own plugins send 16 KiB; hosts up to 1.8 accept at most 4 MiB.
const CHUNK: usize = 256 << 10;

/// The number of messages buffered for the host.
const CHUNKS_AHEAD: usize = 2;

/// How long the host may continue sending an object after the plugin has responded.
const DISCARD: Duration = Duration::from_secs(300);

pub(in crate::hosts) fn service(dispatcher: Dispatcher) -> Methods {
    serve(Service { dispatcher })
}

pub(in crate::hosts) struct Service {
    dispatcher: Dispatcher,
}

/// The content of an object being sent to the host.
pub(in crate::hosts) type Chunks =
    Chain<Iter<std::vec::IntoIter<Result<Bytes, Status>>>, ReceiverStream<Result<Bytes, Status>>>;

/// A message of an object being put. Only the first one has more than the body.
pub(in crate::hosts) struct Part {
    pub(in crate::hosts) plugin: String,
    pub(in crate::hosts) bucket: String,
    pub(in crate::hosts) key: String,
    pub(in crate::hosts) body: Bytes,
}

impl Service {
    pub(in crate::hosts) fn new(dispatcher: Dispatcher) -> Self {
        Self { dispatcher }
    }

    pub(in crate::hosts) async fn put<S>(&self, mut parts: S) -> Result<(), Status>
    where
        S: Stream<Item = Result<Part, Status>> + Unpin + Send + 'static,
    {
        // For an empty object a host sends no message at all (Velero's object_store_client.go), so its name
        // is unknown. A Go plugin responds with `EOF`.
        let Some(first) = parts.next().await else {
            return Err(Status::unknown(
                "EOF: the host sent no message, as it does for an empty object: bucket and key are unknown",
            ));
        };
        let Part { plugin, bucket, key, body } = first?;
        let parts = Parts::new(parts);
        let content = parts.content(body);
        let put = move |handler: Arc<dyn Handler>| async move {
            let mut body = ObjectBody::from_stream(content);
            handler.put_object(&ObjectKey { bucket, key }, &mut body).await
        };
        let answer = self.dispatcher.call(KIND, plugin, "put_object", put).await;
        // This wait ends with the host's connection or with the process.
        if tokio::time::timeout(DISCARD, parts.discard()).await.is_err() {
            tracing::warn!("stopped reading the rest of the object: the host kept sending for {DISCARD:?}");
        }
        answer
    }

    /// A short object is answered where its request was read. The rest of a longer one is sent by another thread, so that
    /// it is read while the host reads.
    pub(in crate::hosts) async fn get(
        &self,
        plugin: String,
        bucket: String,
        key: String,
    ) -> Result<Chunks, Status> {
        let begin = move |target: Target<dyn Handler>| async move {
            begin(target.handler.get_object(&ObjectKey { bucket, key }).await?).await
        };
        let (first, rest) = self.dispatcher.run(KIND, plugin.clone(), "get_object", begin).await?;
        let (chunks, to_host) = mpsc::channel(CHUNKS_AHEAD);
        if let Some(rest) = rest {
            let dispatcher = self.dispatcher.clone();
            tokio::spawn(async move {
                let sender = chunks.clone();
                let send = move |_: Target<dyn Handler>| send(rest, sender);
                if let Err(status) = dispatcher.run(KIND, plugin, "get_object", send).on_thread().await {
                    // A host that stopped reading has closed its reader.
                    let _ = chunks.send(Err(status)).await;
                }
            });
        }
        let first: Vec<_> = split(first).map(Ok).collect();
        Ok(tokio_stream::iter(first).chain(ReceiverStream::new(to_host)))
    }
}

impl ObjectStore for Service {
    async fn init(&self, request: Request<ObjectStoreInitRequest>) -> Result<Response<Empty>, Status> {
        let ObjectStoreInitRequest { plugin, config } = request.into_inner();
        let init = move |target: Target<dyn Handler>| async move {
            target.handler.init(target.config(config)?).await
        };
        self.dispatcher.run(KIND, plugin, "init", init).await.map(|()| Response::new(Empty {}))
    }

    async fn put_object(
        &self,
        request: Request<Messages<PutObjectRequest>>,
    ) -> Result<Response<Empty>, Status> {
        let parts = request.into_inner().map(|message| {
            let PutObjectRequest { plugin, bucket, key, body } = message?;
            Ok(Part { plugin, bucket, key, body })
        });
        self.put(parts).await.map(|()| Response::new(Empty {}))
    }

    async fn object_exists(
        &self,
        request: Request<ObjectExistsRequest>,
    ) -> Result<Response<ObjectExistsResponse>, Status> {
        let ObjectExistsRequest { plugin, bucket, key } = request.into_inner();
        let at = ObjectKey { bucket, key };
        let exists = move |handler: Arc<dyn Handler>| async move { handler.object_exists(&at).await };
        let exists = self.dispatcher.call(KIND, plugin, "object_exists", exists).await?;
        Ok(Response::new(ObjectExistsResponse { exists }))
    }

    async fn get_object(
        &self,
        request: Request<GetObjectRequest>,
    ) -> Result<Response<impl Answers<generated::Bytes> + use<>>, Status> {
        let GetObjectRequest { plugin, bucket, key } = request.into_inner();
        let message = |chunk: Result<_, _>| chunk.map(|data| generated::Bytes { data });
        Ok(Response::new(self.get(plugin, bucket, key).await?.map(message)))
    }

    async fn list_common_prefixes(
        &self,
        request: Request<ListCommonPrefixesRequest>,
    ) -> Result<Response<ListCommonPrefixesResponse>, Status> {
        let ListCommonPrefixesRequest { plugin, bucket, delimiter, prefix } = request.into_inner();
        let list = move |handler: Arc<dyn Handler>| async move {
            handler.list_common_prefixes(&bucket, &prefix, &delimiter).await
        };
        let prefixes = self.dispatcher.call(KIND, plugin, "list_common_prefixes", list).await?;
        Ok(Response::new(ListCommonPrefixesResponse { prefixes }))
    }

    async fn list_objects(
        &self,
        request: Request<ListObjectsRequest>,
    ) -> Result<Response<ListObjectsResponse>, Status> {
        let ListObjectsRequest { plugin, bucket, prefix } = request.into_inner();
        let list =
            move |handler: Arc<dyn Handler>| async move { handler.list_objects(&bucket, &prefix).await };
        let keys = self.dispatcher.call(KIND, plugin, "list_objects", list).await?;
        Ok(Response::new(ListObjectsResponse { keys }))
    }

    async fn delete_object(&self, request: Request<DeleteObjectRequest>) -> Result<Response<Empty>, Status> {
        let DeleteObjectRequest { plugin, bucket, key } = request.into_inner();
        let at = ObjectKey { bucket, key };
        let delete = move |handler: Arc<dyn Handler>| async move { handler.delete_object(&at).await };
        self.dispatcher.call(KIND, plugin, "delete_object", delete).await.map(|()| Response::new(Empty {}))
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
        let url = self.dispatcher.call(KIND, plugin, "create_signed_url", create).await?;
        Ok(Response::new(CreateSignedUrlResponse { url }))
    }
}

/// Reads the first piece of an object, and returns the rest if there may be more. An error after the first piece is part of
/// the rest.
async fn begin(mut body: ObjectBody) -> Result<(Bytes, Option<ObjectBody>)> {
    let Some(first) = next(&mut body).await else { return Ok((Bytes::new(), None)) };
    let is_whole = body.size_hint() == (0, Some(0));
    Ok((first?, (!is_whole).then_some(body)))
}

/// Sends an object's content, at the host's pace.
async fn send(mut body: ObjectBody, chunks: mpsc::Sender<Result<Bytes, Status>>) -> Result<()> {
    while let Some(piece) = next(&mut body).await {
        for chunk in split(piece?) {
            if chunks.send(Ok(chunk)).await.is_err() {
                tracing::debug!("the host closed the object before its end");
                return Ok(());
            }
        }
    }
    Ok(())
}

async fn next(body: &mut ObjectBody) -> Option<io::Result<Bytes>> {
    poll_fn(|cx| body.poll_piece(cx, CHUNK)).await
}

/// Splits a piece into messages.
fn split(mut piece: Bytes) -> impl Iterator<Item = Bytes> {
    std::iter::from_fn(move || (!piece.is_empty()).then(|| piece.split_to(CHUNK.min(piece.len()))))
}
