//! gRPC: the host's services, and go-plugin's own beside them.

use tokio::io::{AsyncRead, AsyncWrite};
use tonic_health::pb::health_server::HealthServer;

use super::broker::Broker;
use super::connection::Services;
use super::controller::Controller;
use super::proto::grpc_broker_server::GrpcBrokerServer;
use super::proto::grpc_controller_server::GrpcControllerServer;
use super::proto::grpc_stdio_server::GrpcStdioServer;
use super::protocol::Protocol;
use super::stdio::Stdio;

/// The name under which go-plugin's host asks for health (`grpc_server.go`, `GRPCServiceName`).
const HEALTH_SERVICE: &str = "plugin";

/// What a host that speaks gRPC makes of a binary.
pub(crate) struct GrpcPlugin {
    /// The versions of the host's own protocol.
    pub(crate) protocol_versions: &'static [u32],
    pub(crate) services: Services,
    /// The host's contracts, for server reflection; none for hosts from before go-plugin had it.
    pub(crate) descriptors: Option<&'static [u8]>,
}

/// All that a go-plugin server has beside the services of its host.
#[derive(Clone)]
pub(crate) struct Server {
    services: Services,
    controller: Controller,
    stdio: Stdio,
}

impl Server {
    /// Adds go-plugin's own services to the host's.
    pub(crate) async fn new(services: Services, descriptors: Option<&'static [u8]>, stdio: Stdio) -> Self {
        let controller = Controller::default();
        let services = services
            .with(health().await)
            .with(GrpcBrokerServer::new(Broker))
            .with(GrpcControllerServer::new(controller.clone()))
            .with(GrpcStdioServer::new(stdio.clone()));
        let services = match descriptors {
            Some(descriptors) => with_reflection(services, descriptors),
            None => services,
        };
        Self { services, controller, stdio }
    }

    /// Serves one stream, for clients in the same process.
    #[cfg(feature = "client")]
    pub(crate) async fn serve_stream<IO>(self, io: IO)
    where
        IO: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        tokio::select! {
            () = self.controller.shutdown_asked() => {}
            _ = self.services.clone().serve(io) => {}
        }
    }
}

impl Protocol for Server {
    const NAME: &'static str = "grpc";

    fn controller(&self) -> &Controller {
        &self.controller
    }

    fn stdio(&self) -> &Stdio {
        &self.stdio
    }

    async fn serve<IO>(self, io: IO)
    where
        IO: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        if let Err(error) = self.services.serve(io).await {
            tracing::debug!(error = &error as &dyn std::error::Error, "the host's connection ended");
        }
    }
}

/// Always serving: a Go plugin never says anything else of itself.
async fn health() -> HealthServer<impl tonic_health::pb::health_server::Health> {
    let (reporter, server) = tonic_health::server::health_reporter();
    reporter.set_service_status(HEALTH_SERVICE, tonic_health::ServingStatus::Serving).await;
    server
}

#[cfg(feature = "reflection")]
fn with_reflection(services: Services, descriptors: &'static [u8]) -> Services {
    let builder = || {
        tonic_reflection::server::Builder::configure()
            .include_reflection_service(false)
            .register_encoded_file_descriptor_set(tonic_reflection::pb::v1::FILE_DESCRIPTOR_SET)
            .register_encoded_file_descriptor_set(tonic_reflection::pb::v1alpha::FILE_DESCRIPTOR_SET)
            .register_encoded_file_descriptor_set(super::proto::DESCRIPTORS)
            .register_encoded_file_descriptor_set(descriptors)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
    };
    // Go registers both generations of the protocol (google.golang.org/grpc/reflection), and lists them.
    match (builder().build_v1(), builder().build_v1alpha()) {
        (Ok(v1), Ok(v1alpha)) => services.with(v1).with(v1alpha),
        (Err(error), _) | (_, Err(error)) => {
            tracing::error!(error = &error as &dyn std::error::Error, "no server reflection");
            services
        }
    }
}

#[cfg(not(feature = "reflection"))]
fn with_reflection(services: Services, _: &'static [u8]) -> Services {
    services
}
