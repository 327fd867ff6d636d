//! `generated.ObjectStore`.

use tokio_stream::StreamExt as _;
use tonic::{Request, Response, Status};

use crate::hosts::ark::proto::v0_9::object_store_server::{ObjectStore, serve};
use crate::hosts::ark::proto::v0_9::{
    Bytes, CreateSignedUrlRequest, CreateSignedUrlResponse, DeleteObjectRequest, Empty, GetObjectRequest,
    InitRequest, ListCommonPrefixesRequest, ListCommonPrefixesResponse, ListObjectsRequest,
    ListObjectsResponse, PutObjectRequest,
};
use crate::hosts::velero;
use crate::hosts::velero::call::Dispatcher;
use crate::hosts::velero::object_store::Part;
use crate::hosts::velero::proto::generated;
use crate::hosts::velero::proto::generated::object_store_server::ObjectStore as _;
use go_plugin::grpc::{Answers, Messages, Methods};

pub(in crate::hosts) fn service(plugin: &str, dispatcher: Dispatcher) -> Methods {
    let velero = velero::object_store::Service::new(dispatcher);
    serve(Service { plugin: plugin.to_owned(), velero })
}

pub(super) struct Service {
    plugin: String,
    velero: velero::object_store::Service,
}

impl ObjectStore for Service {
    async fn init(&self, request: Request<InitRequest>) -> Result<Response<Empty>, Status> {
        let InitRequest { config } = request.into_inner();
        let plugin = self.plugin.clone();
        let request = generated::ObjectStoreInitRequest { plugin, config };
        self.velero.init(Request::new(request)).await.map(|_| Response::new(Empty {}))
    }

    async fn put_object(
        &self,
        request: Request<Messages<PutObjectRequest>>,
    ) -> Result<Response<Empty>, Status> {
        // Only that of the first part counts.
        let mut plugin = self.plugin.clone();
        let parts = request.into_inner().map(move |message| {
            let PutObjectRequest { bucket, key, body } = message?;
            Ok(Part { plugin: std::mem::take(&mut plugin), bucket, key, body })
        });
        self.velero.put(parts).await.map(|()| Response::new(Empty {}))
    }

    async fn get_object(
        &self,
        request: Request<GetObjectRequest>,
    ) -> Result<Response<impl Answers<Bytes> + use<>>, Status> {
        let GetObjectRequest { bucket, key } = request.into_inner();
        let chunks = self.velero.get(self.plugin.clone(), bucket, key).await?;
        let message = |chunk: Result<_, _>| chunk.map(|data| Bytes { data });
        Ok(Response::new(chunks.map(message)))
    }

    async fn list_common_prefixes(
        &self,
        request: Request<ListCommonPrefixesRequest>,
    ) -> Result<Response<ListCommonPrefixesResponse>, Status> {
        let ListCommonPrefixesRequest { bucket, delimiter } = request.into_inner();
        let request = generated::ListCommonPrefixesRequest {
            plugin: self.plugin.clone(),
            bucket,
            delimiter: delimiter.clone(),
            prefix: String::new(),
        };
        let answer = self.velero.list_common_prefixes(Request::new(request)).await?.into_inner();
        let prefixes = answer.prefixes.into_iter().map(|prefix| without_end(prefix, &delimiter));
        Ok(Response::new(ListCommonPrefixesResponse { prefixes: prefixes.collect() }))
    }

    async fn list_objects(
        &self,
        request: Request<ListObjectsRequest>,
    ) -> Result<Response<ListObjectsResponse>, Status> {
        let ListObjectsRequest { bucket, prefix } = request.into_inner();
        let request = generated::ListObjectsRequest { plugin: self.plugin.clone(), bucket, prefix };
        let answer = self.velero.list_objects(Request::new(request)).await?.into_inner();
        Ok(Response::new(ListObjectsResponse { keys: answer.keys }))
    }

    async fn delete_object(&self, request: Request<DeleteObjectRequest>) -> Result<Response<Empty>, Status> {
        let DeleteObjectRequest { bucket, key } = request.into_inner();
        let request = generated::DeleteObjectRequest { plugin: self.plugin.clone(), bucket, key };
        self.velero.delete_object(Request::new(request)).await.map(|_| Response::new(Empty {}))
    }

    async fn create_signed_url(
        &self,
        request: Request<CreateSignedUrlRequest>,
    ) -> Result<Response<CreateSignedUrlResponse>, Status> {
        let CreateSignedUrlRequest { bucket, key, ttl } = request.into_inner();
        let request = generated::CreateSignedUrlRequest { plugin: self.plugin.clone(), bucket, key, ttl };
        let answer = self.velero.create_signed_url(Request::new(request)).await?.into_inner();
        Ok(Response::new(CreateSignedUrlResponse { url: answer.url }))
    }
}

/// Ark 0.9 expects prefixes without the delimiter (`pkg/cloudprovider/storage_interfaces.go`), and builds the
/// key of a backup from one by adding a `/` (`backup_service.go`, `getMetadataKey`).
fn without_end(mut prefix: String, delimiter: &str) -> String {
    if prefix.ends_with(delimiter) {
        prefix.truncate(prefix.len() - delimiter.len());
    }
    prefix
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefix_is_sent_without_delimiter() {
        let without_end = |prefix: &str, delimiter| without_end(prefix.to_owned(), delimiter);
        assert_eq!(without_end("foo-1/", "/"), "foo-1");
        assert_eq!(without_end("a//", "/"), "a/");
        assert_eq!(without_end("foo-1", "/"), "foo-1");
        assert_eq!(without_end("foo", ""), "foo");
    }
}
