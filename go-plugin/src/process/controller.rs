//! The host's shutdown request: `plugin.GRPCController`, and net/rpc's `Control.Quit`.

use std::sync::Arc;

use tokio::sync::Notify;
use tonic::{Request, Response, Status};

use crate::proto::plugin::Empty;
use crate::proto::plugin::grpc_controller_server::GrpcController;

/// Stops the server. The host waits two seconds for the process to exit (go-plugin `client.go`, `Kill`).
#[derive(Debug, Clone, Default)]
pub(crate) struct Controller {
    shutdown: Arc<Notify>,
}

impl Controller {
    /// Records the host's shutdown request.
    pub(crate) fn request_shutdown(&self) {
        self.shutdown.notify_one();
    }

    /// Resolves when the host requests shutdown.
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
