//! `grpc.health.v1.Health`: always serving, like a Go plugin.

use tokio_stream::StreamExt as _;
use tonic::{Request, Response, Status};

use super::Answers;
use crate::proto::health::health_check_response::ServingStatus;
use crate::proto::health::health_server;
use crate::proto::health::{HealthCheckRequest, HealthCheckResponse};

/// The service name used by go-plugin's host (`grpc_server.go`, `GRPCServiceName`), and the server as a
/// whole.
const SERVING: [&str; 2] = ["plugin", ""];

#[derive(Debug, Clone, Copy)]
pub(super) struct Health;

fn answer(status: ServingStatus) -> HealthCheckResponse {
    HealthCheckResponse { status: status.into() }
}

impl health_server::Health for Health {
    async fn check(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<HealthCheckResponse>, Status> {
        if SERVING.contains(&request.get_ref().service.as_str()) {
            Ok(Response::new(answer(ServingStatus::Serving)))
        } else {
            Err(Status::not_found("unknown service"))
        }
    }

    /// The status never changes, so the first response is the only one.
    async fn watch(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<impl Answers<HealthCheckResponse> + use<>>, Status> {
        let known = SERVING.contains(&request.get_ref().service.as_str());
        let status = if known { ServingStatus::Serving } else { ServingStatus::ServiceUnknown };
        let first = tokio_stream::once(Ok(answer(status)));
        Ok(Response::new(first.chain(tokio_stream::pending())))
    }
}
