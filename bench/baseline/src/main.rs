//! The baseline, a minimal plugin for Velero in Rust: a tonic server from tonic's own generator on one thread, with hand-written
//! responses of `examples/velero-example`. It lacks traits, logging, call threads, panic handling and support for other hosts.

use std::convert::Infallible;
use std::fs::File;
use std::io::{Read, Write};
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::Value;
use tokio::net::UnixListener;
use tokio::sync::{Notify, mpsc};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status, Streaming};
use tower_service::Service;

#[allow(dead_code)] // only parts of the contracts are measured
mod generated {
    tonic::include_proto!("generated");
}
#[allow(dead_code)]
mod plugin {
    tonic::include_proto!("plugin");
}
use generated::backup_item_action_server::{BackupItemAction, BackupItemActionServer};
use generated::object_store_server::{ObjectStore, ObjectStoreServer};
use generated::plugin_lister_server::{PluginLister, PluginListerServer};
use generated::*;
use plugin::grpc_controller_server::{GrpcController, GrpcControllerServer};

/// The size of plugwright's chunks.
const CHUNK: usize = 256 << 10;

#[derive(Clone)]
struct Baseline {
    root: PathBuf,
    end: Arc<Notify>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let baseline = Baseline {
        root: std::env::var_os("ARK_FILE_OBJECT_STORE_ROOT").unwrap_or_else(|| "/tmp".into()).into(),
        end: Arc::default(),
    };
    let path = std::env::temp_dir().join(format!("plugin-baseline{}", std::process::id()));
    let listener = UnixListener::bind(&path)?;
    println!("1|2|unix|{}|grpc|", path.display());
    loop {
        let stream = tokio::select! {
            accepted = listener.accept() => accepted?.0,
            () = baseline.end.notified() => break,
        };
        let services = Services::of(&baseline);
        let answer = move |request: http::Request<Incoming>| services.clone().answer(request);
        let connection = hyper::server::conn::http2::Builder::new(TokioExecutor::new())
            .initial_stream_window_size(2 << 20)
            .initial_connection_window_size(4 << 20)
            .serve_connection(TokioIo::new(stream), hyper::service::service_fn(answer));
        tokio::spawn(connection);
    }
    // Let the response be sent before the exit.
    tokio::task::yield_now().await;
    tokio::task::yield_now().await;
    let _ = std::fs::remove_file(path);
    Ok(())
}

#[derive(Clone)]
struct Services {
    lister: PluginListerServer<Baseline>,
    actions: BackupItemActionServer<Baseline>,
    store: ObjectStoreServer<Baseline>,
    controller: GrpcControllerServer<Baseline>,
}

impl Services {
    fn of(baseline: &Baseline) -> Self {
        Self {
            lister: PluginListerServer::new(baseline.clone()),
            actions: BackupItemActionServer::new(baseline.clone()).max_decoding_message_size(usize::MAX),
            store: ObjectStoreServer::new(baseline.clone()).max_decoding_message_size(usize::MAX),
            controller: GrpcControllerServer::new(baseline.clone()),
        }
    }

    async fn answer(
        mut self,
        request: http::Request<Incoming>,
    ) -> Result<http::Response<tonic::body::Body>, Infallible> {
        match request.uri().path().split('/').nth(1).unwrap_or_default() {
            "generated.PluginLister" => self.lister.call(request).await,
            "generated.BackupItemAction" => self.actions.call(request).await,
            "generated.ObjectStore" => self.store.call(request).await,
            "plugin.GRPCController" => self.controller.call(request).await,
            _ => Ok(Status::unimplemented("").into_http()),
        }
    }
}

fn error(error: impl ToString) -> Status {
    Status::unknown(error.to_string())
}

#[tonic::async_trait]
impl GrpcController for Baseline {
    async fn shutdown(&self, _: Request<plugin::Empty>) -> Result<Response<plugin::Empty>, Status> {
        self.end.notify_one();
        Ok(Response::new(plugin::Empty {}))
    }
}

#[tonic::async_trait]
impl PluginLister for Baseline {
    async fn list_plugins(&self, _: Request<Empty>) -> Result<Response<ListPluginsResponse>, Status> {
        let command = std::env::args().next().unwrap_or_default();
        let plugin = |n| PluginIdentifier {
            command: command.clone(),
            kind: "BackupItemAction".into(),
            name: format!("example.io/plugin-{n}"),
        };
        Ok(Response::new(ListPluginsResponse { plugins: (0..8).map(plugin).collect() }))
    }
}

#[tonic::async_trait]
impl BackupItemAction for Baseline {
    async fn applies_to(
        &self,
        _: Request<BackupItemActionAppliesToRequest>,
    ) -> Result<Response<BackupItemActionAppliesToResponse>, Status> {
        Ok(Response::new(BackupItemActionAppliesToResponse::default()))
    }

    /// Sets the same annotation as the example.
    async fn execute(&self, request: Request<ExecuteRequest>) -> Result<Response<ExecuteResponse>, Status> {
        let mut item = request.into_inner().item;
        let mut value: Value = serde_json::from_slice(&item).map_err(error)?;
        let annotation = &mut value["metadata"]["annotations"]["velero.io/my-backup-plugin"];
        if *annotation != "1" {
            *annotation = "1".into();
            item = serde_json::to_vec(&value).map_err(error)?.into();
        }
        Ok(Response::new(ExecuteResponse { item, additional_items: Vec::new() }))
    }
}

#[tonic::async_trait]
impl ObjectStore for Baseline {
    async fn init(&self, request: Request<ObjectStoreInitRequest>) -> Result<Response<Empty>, Status> {
        let config = request.into_inner().config;
        let bucket = config.get("bucket").map(String::as_str).unwrap_or_default();
        std::fs::create_dir_all(self.root.join(bucket)).map_err(error)?;
        Ok(Response::new(Empty {}))
    }

    async fn put_object(
        &self,
        request: Request<Streaming<PutObjectRequest>>,
    ) -> Result<Response<Empty>, Status> {
        let mut parts = request.into_inner();
        let mut file: Option<File> = None;
        while let Some(part) = parts.message().await? {
            let to = match &mut file {
                Some(file) => file,
                None => {
                    file.insert(File::create(self.root.join(&part.bucket).join(&part.key)).map_err(error)?)
                }
            };
            to.write_all(&part.body).map_err(error)?;
        }
        Ok(Response::new(Empty {}))
    }

    type GetObjectStream = ReceiverStream<Result<generated::Bytes, Status>>;

    async fn get_object(
        &self,
        request: Request<GetObjectRequest>,
    ) -> Result<Response<Self::GetObjectStream>, Status> {
        let GetObjectRequest { bucket, key, .. } = request.into_inner();
        let mut file = File::open(self.root.join(bucket).join(key)).map_err(error)?;
        let (sender, receiver) = mpsc::channel(2);
        tokio::spawn(async move {
            loop {
                let mut chunk = Vec::with_capacity(CHUNK);
                let message = match (&mut file).take(CHUNK as u64).read_to_end(&mut chunk) {
                    Ok(0) => return,
                    Ok(_) => Ok(generated::Bytes { data: Bytes::from(chunk) }),
                    Err(cut) => Err(error(cut)),
                };
                if sender.send(message).await.is_err() {
                    return;
                }
            }
        });
        Ok(Response::new(ReceiverStream::new(receiver)))
    }

    async fn object_exists(
        &self,
        _: Request<ObjectExistsRequest>,
    ) -> Result<Response<ObjectExistsResponse>, Status> {
        Err(Status::unimplemented("not measured"))
    }

    async fn list_common_prefixes(
        &self,
        _: Request<ListCommonPrefixesRequest>,
    ) -> Result<Response<ListCommonPrefixesResponse>, Status> {
        Err(Status::unimplemented("not measured"))
    }

    async fn list_objects(
        &self,
        _: Request<ListObjectsRequest>,
    ) -> Result<Response<ListObjectsResponse>, Status> {
        Err(Status::unimplemented("not measured"))
    }

    async fn delete_object(&self, _: Request<DeleteObjectRequest>) -> Result<Response<Empty>, Status> {
        Err(Status::unimplemented("not measured"))
    }

    async fn create_signed_url(
        &self,
        _: Request<CreateSignedUrlRequest>,
    ) -> Result<Response<CreateSignedUrlResponse>, Status> {
        Err(Status::unimplemented("not measured"))
    }
}
