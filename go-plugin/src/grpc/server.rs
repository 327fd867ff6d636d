//! A gRPC connection: the plugin's services, and go-plugin's own.

use tokio::io::{AsyncRead, AsyncWrite};

use super::health::Health;
use super::{Services, connection};
use crate::process::{Controller, Protocol, Stdio};
use crate::proto::health::health_server;
use crate::proto::plugin::{grpc_broker_server, grpc_controller_server, grpc_stdio_server};

/// The services of a go-plugin server besides the plugin's own.
#[derive(Clone)]
pub(crate) struct GrpcServer {
    services: Services,
    controller: Controller,
    stdio: Stdio,
}

impl GrpcServer {
    /// Adds go-plugin's own services to the plugin's. Without `descriptors`, reflection is not served.
    pub(crate) fn new(
        services: Services,
        descriptors: Option<Vec<&'static [u8]>>,
        stdio: Stdio,
        broker: impl grpc_broker_server::GrpcBroker,
    ) -> Self {
        let controller = Controller::default();
        let services = services
            .add_methods(health_server::serve(Health))
            .add_methods(grpc_broker_server::serve(broker))
            .add_methods(grpc_controller_server::serve(controller.clone()))
            .add_methods(grpc_stdio_server::serve(stdio.clone()));
        #[cfg(feature = "reflection")]
        let services = match descriptors {
            Some(descriptors) => with_reflection(services, descriptors),
            None => services,
        };
        #[cfg(not(feature = "reflection"))]
        drop(descriptors);
        Self { services, controller, stdio }
    }
}

impl Protocol for GrpcServer {
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
        if let Err(error) = connection::serve(self.services, io).await {
            tracing::debug!(error = &error as &dyn std::error::Error, "the host's connection ended");
        }
    }
}

#[cfg(feature = "reflection")]
fn with_reflection(services: Services, descriptors: Vec<&'static [u8]>) -> Services {
    use super::reflection::Reflection;
    use crate::proto::reflection::server_reflection_server::serve;
    const NAMES: [&str; 2] =
        ["grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection"];
    let names = services.names().chain(NAMES).collect();
    let sets = crate::proto::DESCRIPTORS.into_iter().chain(descriptors).collect();
    let reflection = Reflection::of(names, sets);
    // Go registers and lists both generations of the protocol (google.golang.org/grpc/reflection). Their
    // messages are the same.
    let alpha = serve(reflection.clone()).named(NAMES[1]);
    services.add_methods(serve(reflection)).add_methods(alpha)
}

#[cfg(test)]
impl GrpcServer {
    /// A server without TLS and multiplexing.
    pub(crate) fn plain(services: Services, descriptors: Option<Vec<&'static [u8]>>) -> Self {
        #[cfg(not(feature = "broker"))]
        let broker = crate::grpc::NoBroker;
        #[cfg(feature = "broker")]
        let broker = crate::grpc::Broker::new(crate::grpc::Settings {
            environment: crate::Environment::default(),
            tcp: false,
            security: crate::transport::Security::Plain,
            mux: None,
        });
        Self::new(services, descriptors, Stdio::default(), broker)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(descriptors: Option<Vec<&'static [u8]>>) -> Vec<&'static str> {
        let services = Services::new().add_methods(crate::grpc::Methods::new("test.Plugin"));
        GrpcServer::plain(services, descriptors).services.names().collect()
    }

    #[test]
    fn own_services_are_served_next_to_the_plugins() {
        let own = [
            "grpc.health.v1.Health",
            "plugin.GRPCBroker",
            "plugin.GRPCController",
            "plugin.GRPCStdio",
            "test.Plugin",
        ];
        assert_eq!(names(None), own);
        #[cfg(feature = "reflection")]
        {
            let reflection =
                ["grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection"];
            assert_eq!(names(Some(Vec::new())), [&own[..1], &reflection, &own[1..]].concat());
        }
    }
}
