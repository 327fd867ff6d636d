//! The host's request for an orderly end: `plugin.GRPCController`, and net/rpc's `Control.Quit`.

use std::sync::Arc;

use tokio::sync::Notify;
use tonic::{Request, Response, Status};

use crate::proto::plugin::Empty;
use crate::proto::plugin::grpc_controller_server::GrpcController;

/// Tells the server to stop. The host waits two seconds for the process's exit (go-plugin `client.go`, `Kill`).
#[derive(Debug, Clone, Default)]
pub(crate) struct Controller {
    shutdown: Arc<Notify>,
}

impl Controller {
    /// The host has requested the end.
    pub(crate) fn request_shutdown(&self) {
        self.shutdown.notify_one();
    }

    /// Resolves when the host has requested the end.
    pub(crate) async fn shutdown_requested(&self) {
        self.shutdown.notified().await;
    }
}

impl GrpcController for Controller {
    async fn shutdown(&self, _: Request<Empty>) -> Result<Response<Empty>, Status> {
        self.request_shutdown();
        Ok(Response::new(Empty {}))
    }
}
