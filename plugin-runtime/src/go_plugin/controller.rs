//! The host's orderly end of the process: `plugin.GRPCController`, and net/rpc's `Control.Quit`.

use std::sync::Arc;

use tokio::sync::Notify;
use tonic::{Request, Response, Status};

use super::proto::Empty;
use super::proto::grpc_controller_server::GrpcController;

/// Tells whoever serves to stop. The host waits two seconds for the process's exit (go-plugin's
/// `client.go`, `Kill`), so that nothing may be waited for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Controller {
    shutdown: Arc<Notify>,
}

impl Controller {
    /// The host has asked for the end.
    pub(crate) fn ask_shutdown(&self) {
        self.shutdown.notify_one();
    }

    /// Ends when the host has asked for the end.
    pub(crate) async fn shutdown_asked(&self) {
        self.shutdown.notified().await;
    }
}

impl GrpcController for Controller {
    async fn shutdown(&self, _: Request<Empty>) -> Result<Response<Empty>, Status> {
        self.ask_shutdown();
        Ok(Response::new(Empty {}))
    }
}
