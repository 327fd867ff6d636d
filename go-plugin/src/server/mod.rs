//! The plugin's server, from the magic cookie to the exit of the process.
//!
//! ```text
//! environment → cookie → version → listener → handshake line → stdio → serve → end
//! ```
//!
//! The order is that of go-plugin's `server.go`, `Serve`.

mod error;
mod run;
mod signals;

use std::collections::BTreeMap;
#[cfg(feature = "broker")]
use std::fmt;
use std::future::{Future, pending};
use std::io::{self, Write};
use std::process::ExitCode;

use tokio::io::{AsyncRead, AsyncWrite};

#[cfg(feature = "broker")]
use crate::grpc::{Broker, Mux};
use crate::grpc::{GrpcServer, Services};
use crate::handshake::{self, HandshakeLine, ProtocolType};
#[cfg(feature = "net-rpc")]
use crate::net_rpc::{NetRpcServer, Plugins};
use crate::process::{Protocol, Stdio};
use crate::transport::{Listener, Security};
use crate::{Environment, Handshake};
pub use error::ServeError;
pub use run::Ended;
use run::Transport;

/// A plugin's server.
///
/// ```no_run
/// use go_plugin::grpc::Services;
/// use go_plugin::{Handshake, Server};
///
/// // The values of the host's `HandshakeConfig`.
/// const HANDSHAKE: Handshake = Handshake::new("BASIC_PLUGIN", "hello");
///
/// #[tokio::main]
/// async fn main() -> std::process::ExitCode {
///     // `Services::new().add_service(MyServer::new(…))` adds a tonic service.
///     Server::new(HANDSHAKE).version(1, Services::new()).run().await
/// }
/// ```
#[derive(Debug)]
#[must_use = "a server does nothing until `serve` or `run` is called"]
pub struct Server {
    handshake: Handshake,
    versions: BTreeMap<u32, PluginSet>,
    environment: Option<Environment>,
    descriptors: Option<Vec<&'static [u8]>>,
    tcp: bool,
    exit_on_disconnect: bool,
}

/// The plugin's services for one version of the host's protocol.
#[derive(Debug)]
#[non_exhaustive]
pub enum PluginSet {
    /// gRPC services.
    Grpc(Services),
    /// gRPC services that use the broker.
    #[cfg(feature = "broker")]
    GrpcWithBroker(WithBroker),
    /// net/rpc plugins.
    #[cfg(feature = "net-rpc")]
    NetRpc(Plugins),
}

/// Creates gRPC services from the broker.
#[cfg(feature = "broker")]
pub struct WithBroker(Box<dyn FnOnce(Broker) -> Services + Send>);

#[cfg(feature = "broker")]
impl fmt::Debug for WithBroker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WithBroker").finish_non_exhaustive()
    }
}

impl From<Services> for PluginSet {
    fn from(services: Services) -> Self {
        Self::Grpc(services)
    }
}

#[cfg(feature = "net-rpc")]
impl From<Plugins> for PluginSet {
    fn from(plugins: Plugins) -> Self {
        Self::NetRpc(plugins)
    }
}

impl PluginSet {
    const fn protocol(&self) -> ProtocolType {
        match self {
            Self::Grpc(_) => ProtocolType::Grpc,
            #[cfg(feature = "broker")]
            Self::GrpcWithBroker(_) => ProtocolType::Grpc,
            #[cfg(feature = "net-rpc")]
            Self::NetRpc(_) => ProtocolType::NetRpc,
        }
    }
}

impl Server {
    /// Creates a server for the host with this cookie.
    pub const fn new(handshake: Handshake) -> Self {
        Self {
            handshake,
            versions: BTreeMap::new(),
            environment: None,
            descriptors: Some(Vec::new()),
            tcp: false,
            exit_on_disconnect: false,
        }
    }

    /// Adds the services for one version of the host's protocol. Of several versions, the highest that the
    /// host supports is served.
    pub fn version(mut self, version: u32, plugins: impl Into<PluginSet>) -> Self {
        self.versions.insert(version, plugins.into());
        self
    }

    /// Like [`version`](Self::version), with services created from the broker: for plugins that connect to
    /// servers of the host, or offer it further ones.
    #[cfg(feature = "broker")]
    pub fn version_with_broker(
        mut self,
        version: u32,
        services: impl FnOnce(Broker) -> Services + Send + 'static,
    ) -> Self {
        self.versions.insert(version, PluginSet::GrpcWithBroker(WithBroker(Box::new(services))));
        self
    }

    /// Sets the contracts, an encoded `FileDescriptorSet`, for clients that use gRPC server reflection.
    /// Ignored without the feature `reflection`.
    pub fn descriptors(mut self, descriptors: &'static [u8]) -> Self {
        self.descriptors.get_or_insert_default().push(descriptors);
        self
    }

    /// Disables reflection, for hosts whose go-plugin predates it.
    pub fn without_reflection(mut self) -> Self {
        self.descriptors = None;
        self
    }

    /// Uses this environment instead of the process's.
    pub fn environment(mut self, environment: Environment) -> Self {
        self.environment = Some(environment);
        self
    }

    /// Listens on a TCP port of the loopback address instead of a unix socket. The host sets the port range
    /// in `PLUGIN_MIN_PORT` and `PLUGIN_MAX_PORT`. Systems without unix sockets always use TCP.
    pub const fn tcp(mut self) -> Self {
        self.tcp = true;
        self
    }

    /// Also stops the server when the host closes its only connection. A Go plugin continues, because another
    /// host may reattach to it. For hosts that never do so, this stops a plugin whose host was killed.
    pub const fn exit_on_disconnect(mut self) -> Self {
        self.exit_on_disconnect = true;
        self
    }

    /// Serves until the host requests shutdown, or SIGTERM is received.
    ///
    /// Must be called inside a tokio runtime with I/O and time enabled. Do not print to stdout before this
    /// call: the host reads the first line as the handshake. After the handshake, the process's stdout and
    /// stderr are sent to the host through go-plugin's stdio service. SIGINT is ignored: a user's Ctrl-C also
    /// reaches the host, which decides (go-plugin `server.go`, `Serve`).
    pub async fn serve(self) -> Result<Ended, ServeError> {
        self.serve_with_shutdown(pending()).await
    }

    /// Like [`serve`](Self::serve), but also stops when `shutdown` resolves.
    pub async fn serve_with_shutdown(self, shutdown: impl Future<Output = ()>) -> Result<Ended, ServeError> {
        let Self { handshake, mut versions, environment, descriptors, tcp, exit_on_disconnect } = self;
        let environment = environment.unwrap_or_else(Environment::of_process);
        if !handshake.is_in(&environment) {
            let found = environment.get(handshake.cookie_key()).map(ToOwned::to_owned);
            return Err(ServeError::Cookie { handshake, found });
        }
        let version = handshake::negotiate(versions.keys().copied(), &environment);
        let (version, plugins) = version
            .and_then(|version| Some((version, versions.remove(&version)?)))
            .ok_or(ServeError::NothingToServe)?;
        let transport = Transport {
            security: security(&environment)?,
            #[cfg(feature = "broker")]
            mux: is_multiplexed(&environment, plugins.protocol()).then(Mux::new),
        };
        let starting = Starting {
            environment,
            version,
            protocol: plugins.protocol(),
            tcp,
            transport,
            exit_on_disconnect,
        };
        match plugins {
            PluginSet::Grpc(services) => {
                let broker = starting.transport.broker(starting.environment.clone(), tcp);
                starting
                    .serve(GrpcServer::new(services, descriptors, Stdio::default(), broker), shutdown)
                    .await
            }
            #[cfg(feature = "broker")]
            PluginSet::GrpcWithBroker(WithBroker(services)) => {
                let broker = starting.transport.broker(starting.environment.clone(), tcp);
                let services = services(broker.clone());
                starting
                    .serve(GrpcServer::new(services, descriptors, Stdio::default(), broker), shutdown)
                    .await
            }
            #[cfg(feature = "net-rpc")]
            PluginSet::NetRpc(plugins) => {
                let server = NetRpcServer::new(plugins, Stdio::default());
                starting.serve(server, shutdown).await
            }
        }
    }

    /// Like [`serve`](Self::serve), for a `main`: an error is printed to stderr and results in exit status 1,
    /// as in Go.
    pub async fn run(self) -> ExitCode {
        match self.serve().await {
            Ok(_) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("{error}");
                ExitCode::FAILURE
            }
        }
    }

    /// Serves one connection without a process around it: for clients in the same process, and for tests.
    /// Serves the highest version. Ends when the other side closes the connection or requests shutdown.
    pub async fn serve_connection<IO>(self, io: IO)
    where
        IO: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let environment = self.environment.unwrap_or_default();
        let transport = Transport {
            security: Security::Plain,
            #[cfg(feature = "broker")]
            mux: None,
        };
        match self.versions.into_iter().next_back() {
            Some((_, PluginSet::Grpc(services))) => {
                let broker = transport.broker(environment, self.tcp);
                one(GrpcServer::new(services, self.descriptors, Stdio::default(), broker), io).await;
            }
            #[cfg(feature = "broker")]
            Some((_, PluginSet::GrpcWithBroker(WithBroker(services)))) => {
                let broker = transport.broker(environment, self.tcp);
                let services = services(broker.clone());
                one(GrpcServer::new(services, self.descriptors, Stdio::default(), broker), io).await;
            }
            #[cfg(feature = "net-rpc")]
            Some((_, PluginSet::NetRpc(plugins))) => {
                one(NetRpcServer::new(plugins, Stdio::default()), io).await;
            }
            None => {}
        }
    }
}

/// Sets up TLS if the host requests it.
fn security(environment: &Environment) -> Result<Security, ServeError> {
    match environment.client_cert() {
        None => Ok(Security::Plain),
        #[cfg(not(feature = "auto-mtls"))]
        Some(_) => Err(ServeError::TlsDisabled),
        #[cfg(feature = "auto-mtls")]
        Some(pem) => crate::tls::Tls::with_host(pem).map(Security::Tls).map_err(ServeError::Tls),
    }
}

/// Whether all gRPC connections share one socket. net/rpc always shares it, in its own way.
#[cfg(feature = "broker")]
fn is_multiplexed(environment: &Environment, protocol: ProtocolType) -> bool {
    environment.multiplex() && protocol == ProtocolType::Grpc
}

async fn one<P: Protocol>(protocol: P, io: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) {
    let controller = protocol.controller().clone();
    tokio::select! {
        () = controller.shutdown_requested() => {}
        () = protocol.serve(io) => {}
    }
}

/// The settings known before the listener is created.
struct Starting {
    environment: Environment,
    version: u32,
    protocol: ProtocolType,
    tcp: bool,
    transport: Transport,
    exit_on_disconnect: bool,
}

impl Starting {
    async fn serve<P: Protocol>(
        self,
        server: P,
        shutdown: impl Future<Output = ()>,
    ) -> Result<Ended, ServeError> {
        let Self { environment, version, protocol, tcp, transport, exit_on_disconnect } = self;
        let listener = Listener::bind(&environment, tcp).map_err(ServeError::Listen)?;
        let line = HandshakeLine {
            version,
            address: listener.address().map_err(ServeError::Listen)?,
            protocol,
            certificate: transport.security.certificate().to_owned(),
            // A host that requires it reports an error when it reads `false`.
            multiplex: environment.knows_multiplex().then_some(cfg!(feature = "broker")),
        };
        // Signals first: the host may send them once it has the line.
        let signals = signals::terminate().map_err(ServeError::Process)?;
        let redirection = server.stdio().prepare().map_err(ServeError::Process)?;
        let line = format!("{line}\n");
        io::stdout().write_all(line.as_bytes()).map_err(ServeError::Process)?;
        io::stdout().flush().map_err(ServeError::Process)?;
        redirection.take_over().map_err(ServeError::Process)?;
        tokio::select! {
            ended = run::run(server, listener, transport, exit_on_disconnect) => Ok(ended),
            () = signals => Ok(Ended::Signal),
            () = shutdown => Ok(Ended::Shutdown),
        }
    }
}

#[cfg(test)]
mod tests;
