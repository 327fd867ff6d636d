//! The plugin of go-plugin's example `streaming`.

use std::pin::Pin;
use std::process::ExitCode;
use std::sync::Mutex;

use go_plugin::Server;
use go_plugin::grpc::Services;
use go_plugin_conformance::HANDSHAKE;
use go_plugin_conformance::streamer::streamer_service_server::{StreamerService, StreamerServiceServer};
use go_plugin_conformance::streamer::{configure, read, write};
use tokio_stream::{Stream, StreamExt};
use tonic::{Request, Response, Status, Streaming};

#[derive(Default)]
struct FileStreamer {
    configured: Mutex<configure::Request>,
}

impl FileStreamer {
    fn configured(&self) -> Result<configure::Request, Status> {
        let configured = self.configured.lock().map_err(|error| Status::internal(error.to_string()))?;
        Ok(configured.clone())
    }
}

type Chunks = Pin<Box<dyn Stream<Item = Result<read::ResponseChunk, Status>> + Send>>;

#[tonic::async_trait]
impl StreamerService for FileStreamer {
    type ReadStream = Chunks;

    async fn configure(
        &self,
        request: Request<configure::Request>,
    ) -> Result<Response<configure::Response>, Status> {
        let mut configured = self.configured.lock().map_err(|error| Status::internal(error.to_string()))?;
        *configured = request.into_inner();
        Ok(Response::new(configure::Response {}))
    }

    async fn read(&self, _: Request<read::Request>) -> Result<Response<Chunks>, Status> {
        let configure::Request { path, chunk_size } = self.configured()?;
        let size = usize::try_from(chunk_size).unwrap_or(1).max(1);
        let data = tokio::fs::read(path).await?;
        let chunks: Vec<_> =
            data.chunks(size).map(|chunk| read::ResponseChunk { read_bytes: chunk.to_vec() }).collect();
        Ok(Response::new(Box::pin(tokio_stream::iter(chunks).map(Ok))))
    }

    async fn write(
        &self,
        request: Request<Streaming<write::RequestChunk>>,
    ) -> Result<Response<write::Response>, Status> {
        let path = self.configured()?.path;
        let mut chunks = request.into_inner();
        let mut data = Vec::new();
        while let Some(chunk) = chunks.next().await {
            data.extend(chunk?.bytes_to_write);
        }
        tokio::fs::write(path, data).await?;
        Ok(Response::new(write::Response {}))
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let service = StreamerServiceServer::new(FileStreamer::default()).max_decoding_message_size(usize::MAX);
    Server::new(HANDSHAKE).version(1, Services::new().add_service(service)).run().await
}
