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

#[cfg(test)]
mod tests {
    use super::*;
    use health_server::Health as _;

    #[tokio::test]
    async fn plugin_and_server_are_always_serving() {
        for (service, known) in [("plugin", true), ("", true), ("other", false)] {
            let request = || Request::new(HealthCheckRequest { service: service.to_owned() });
            let checked = Health.check(request()).await.map(|response| response.get_ref().status());
            let expected = if known { Ok(ServingStatus::Serving) } else { Err(tonic::Code::NotFound) };
            assert_eq!(checked.map_err(|status| status.code()), expected, "{service}");

            let mut watched = Health.watch(request()).await.unwrap().into_inner();
            let first = watched.next().await.unwrap().unwrap().status();
            let expected = if known { ServingStatus::Serving } else { ServingStatus::ServiceUnknown };
            assert_eq!(first, expected, "{service}");
            tokio::select! {
                biased;
                _ = watched.next() => panic!("the stream must stay open"),
                () = std::future::ready(()) => {}
            }
        }
    }
}
