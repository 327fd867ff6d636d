//! Accepts the host's connections and serves them until it asks for the end.

use std::time::Duration;

use tokio::task::JoinSet;
use tonic_health::pb::health_server::HealthServer;

use super::broker::Broker;
use super::connection::Services;
use super::controller::Controller;
use super::listener::{Listener, Stream};
use super::proto::grpc_broker_server::GrpcBrokerServer;
use super::proto::grpc_controller_server::GrpcControllerServer;
use super::proto::grpc_stdio_server::GrpcStdioServer;
use super::stdio::Stdio;

/// The name under which go-plugin's host asks for health (`grpc_server.go`, `GRPCServiceName`).
const HEALTH_SERVICE: &str = "plugin";

/// How long the answer to Shutdown, and what else is on its way, may take to leave. The host kills
/// after two seconds.
pub(super) const DRAIN: Duration = Duration::from_millis(20);

/// How long the host may take to connect again after its only connection has ended. Old hosts do not ask for the
/// end: they close the connection, wait for 250 ms, and kill (go-plugin of 2017, `client.go`, `Kill`), and a host that
/// was killed itself asks for nothing at all.
pub(super) const LINGER: Duration = Duration::from_millis(50);

/// How a connection is wrapped before anything is spoken on it.
#[derive(Clone)]
pub(crate) enum Security {
    Plain,
    #[cfg(feature = "auto-mtls")]
    Tls(super::auto_mtls::Acceptor),
}

impl Security {
    /// Ours, as the handshake line has it; empty without TLS.
    pub(crate) fn certificate(&self) -> &str {
        match self {
            Self::Plain => "",
            #[cfg(feature = "auto-mtls")]
            Self::Tls(acceptor) => acceptor.certificate(),
        }
    }
}

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

    /// Serves until the host asks for the end or has closed its only connection, or the future is dropped.
    pub(crate) async fn run(self, listener: Listener, security: Security) {
        let mut connections = JoinSet::new();
        let mut was_connected = false;
        loop {
            tokio::select! {
                () = self.controller.shutdown_asked() => break,
                () = tokio::time::sleep(LINGER), if was_connected && connections.is_empty() => {
                    tracing::debug!("the host has closed its connection");
                    break;
                }
                accepted = listener.accept() => match accepted {
                    Ok(stream) => {
                        connections.spawn(self.clone().connection(stream, security.clone()));
                    }
                    Err(error) => {
                        // Out of file descriptors, perhaps; the next one may do.
                        tracing::warn!(error = &error as &dyn std::error::Error, "cannot accept a connection");
                        tokio::time::sleep(Duration::from_millis(50)).await;
                    }
                },
                Some(ended) = connections.join_next() => was_connected |= ended.unwrap_or(true),
            }
        }
        drop(listener);
        self.stdio.finish().await;
        let drained = async { while connections.join_next().await.is_some() {} };
        // Handlers that are still busy are no reason to stay.
        let _ = tokio::time::timeout(DRAIN, drained).await;
    }

    /// Whether it was the host's.
    async fn connection(self, stream: Stream, security: Security) -> bool {
        let ended = match security {
            Security::Plain => self.services.serve(stream).await,
            #[cfg(feature = "auto-mtls")]
            Security::Tls(acceptor) => match acceptor.accept(stream).await {
                Ok(stream) => self.services.serve(stream).await,
                Err(error) => {
                    tracing::error!(
                        error = &error as &dyn std::error::Error,
                        "a host without the right certificate"
                    );
                    return false;
                }
            },
        };
        if let Err(error) = ended {
            tracing::debug!(error = &error as &dyn std::error::Error, "the host's connection ended");
        }
        true
    }

    /// Serves one stream, for clients in the same process.
    #[cfg(feature = "client")]
    pub(crate) async fn serve_stream<IO>(self, io: IO)
    where
        IO: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
    {
        tokio::select! {
            () = self.controller.shutdown_asked() => {}
            _ = self.services.clone().serve(io) => {}
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
