//! gRPC: the host's services, and go-plugin's own beside them.

use tokio::io::{AsyncRead, AsyncWrite};

use super::broker::Broker;
use super::connection::Services;
use super::controller::Controller;
use super::grpc_proto::health::health_server;
use super::health::Health;
use super::proto::{grpc_broker_server, grpc_controller_server, grpc_stdio_server};
use super::protocol::Protocol;
use super::stdio::Stdio;

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
    pub(crate) fn new(services: Services, descriptors: Option<&'static [u8]>, stdio: Stdio) -> Self {
        let controller = Controller::default();
        let services = services
            .with(health_server::serve(Health))
            .with(grpc_broker_server::serve(Broker))
            .with(grpc_controller_server::serve(controller.clone()))
            .with(grpc_stdio_server::serve(stdio.clone()));
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

#[cfg(feature = "reflection")]
fn with_reflection(services: Services, descriptors: &'static [u8]) -> Services {
    use super::grpc_proto::reflection::server_reflection_server::serve;
    use super::reflection::Reflection;
    let reflection =
        Reflection::of(vec![super::grpc_proto::DESCRIPTORS, super::proto::DESCRIPTORS, descriptors]);
    // Go registers both generations of the protocol (google.golang.org/grpc/reflection), and lists them. Their
    // messages are the same.
    let alpha = serve(reflection.clone()).named("grpc.reflection.v1alpha.ServerReflection");
    services.with(serve(reflection)).with(alpha)
}

#[cfg(not(feature = "reflection"))]
fn with_reflection(services: Services, _: &'static [u8]) -> Services {
    services
}
