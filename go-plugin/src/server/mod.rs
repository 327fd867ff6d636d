//! The plugin's side: from the magic cookie to the end of the process.
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
/// // What the host's `HandshakeConfig` says.
/// const HANDSHAKE: Handshake = Handshake::new("BASIC_PLUGIN", "hello");
///
/// #[tokio::main]
/// async fn main() -> std::process::ExitCode {
///     // `Services::new().add_service(MyServer::new(…))` adds what tonic generated.
///     Server::new(HANDSHAKE).version(1, Services::new()).run().await
/// }
/// ```
#[derive(Debug)]
#[must_use = "a server does nothing until `serve` or `run`"]
pub struct Server {
    handshake: Handshake,
    versions: BTreeMap<u32, PluginSet>,
    environment: Option<Environment>,
    descriptors: Option<Vec<&'static [u8]>>,
    tcp: bool,
    exit_on_disconnect: bool,
}

/// What a plugin serves under one version of its host's protocol.
#[derive(Debug)]
#[non_exhaustive]
pub enum PluginSet {
    /// gRPC services.
    Grpc(Services),
    /// gRPC services that get the broker.
    #[cfg(feature = "broker")]
    GrpcWithBroker(WithBroker),
    /// Plugins that are called over net/rpc.
    #[cfg(feature = "net-rpc")]
    NetRpc(Plugins),
}

/// Makes gRPC services, once there is a broker.
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
    /// A server for the host with this cookie.
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

    /// Serves this under a version of the host's protocol. With several versions, the highest that the host supports
    /// is served.
    pub fn version(mut self, version: u32, plugins: impl Into<PluginSet>) -> Self {
        self.versions.insert(version, plugins.into());
        self
    }

    /// Serves what `services` makes of the broker under a version of the host's protocol, as
    /// [`version`](Self::version) does: for plugins that connect to servers of the host's, or offer it further ones.
    #[cfg(feature = "broker")]
    pub fn version_with_broker(
        mut self,
        version: u32,
        services: impl FnOnce(Broker) -> Services + Send + 'static,
    ) -> Self {
        self.versions.insert(version, PluginSet::GrpcWithBroker(WithBroker(Box::new(services))));
        self
    }

    /// Shows these contracts, a `FileDescriptorSet` in bytes, to clients that use gRPC server reflection. Without the
    /// feature `reflection`, nothing is shown.
    pub fn descriptors(mut self, descriptors: &'static [u8]) -> Self {
        self.descriptors.get_or_insert_default().push(descriptors);
        self
    }

    /// Does not serve reflection, for hosts that predate it in go-plugin.
    pub fn without_reflection(mut self) -> Self {
        self.descriptors = None;
        self
    }

    /// Uses this environment in place of the process's.
    pub fn environment(mut self, environment: Environment) -> Self {
        self.environment = Some(environment);
        self
    }

    /// Listens on a TCP port of the loopback address and not on a unix socket. The host gives the range of ports in
    /// `PLUGIN_MIN_PORT` and `PLUGIN_MAX_PORT`. Systems without unix sockets always use TCP.
    pub const fn tcp(mut self) -> Self {
        self.tcp = true;
        self
    }

    /// Also ends the server when the host has closed its only connection. A Go plugin continues: its host may have left it to
    /// another one, which reattaches. With hosts that never do so, this ends a plugin whose host was killed.
    pub const fn exit_on_disconnect(mut self) -> Self {
        self.exit_on_disconnect = true;
        self
    }

    /// Serves until the host asks for the end, or SIGTERM comes.
    ///
    /// Must be called within a tokio runtime with I/O and time enabled. Nothing may be printed to stdout before: the
    /// host reads the first line as the handshake. From the handshake on, the process's stdout and stderr go to the
    /// host through go-plugin's stdio service. SIGINT is ignored: a person's Ctrl-C reaches the host, too, and the host
    /// decides (go-plugin `server.go`, `Serve`).
    pub async fn serve(self) -> Result<Ended, ServeError> {
        self.serve_with_shutdown(pending()).await
    }

    /// [`serve`](Self::serve) that also ends when `shutdown` is ready.
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
            mux: (environment.multiplex() && plugins.protocol() == ProtocolType::Grpc).then(Mux::new),
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

    /// [`serve`](Self::serve) for a `main`: an error goes to stderr, and is exit status 1, as in Go.
    pub async fn run(self) -> ExitCode {
        match self.serve().await {
            Ok(_) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("{error}");
                ExitCode::FAILURE
            }
        }
    }

    /// Serves one connection, without a process around it: for clients in the same process, and tests. The plugins of
    /// the highest version are served. Ends when the other side closes the connection or asks for the end.
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

/// TLS where the host requests it.
fn security(environment: &Environment) -> Result<Security, ServeError> {
    match environment.client_cert() {
        None => Ok(Security::Plain),
        #[cfg(not(feature = "auto-mtls"))]
        Some(_) => Err(ServeError::TlsDisabled),
        #[cfg(feature = "auto-mtls")]
        Some(pem) => crate::tls::Tls::with_host(pem).map(Security::Tls).map_err(ServeError::Tls),
    }
}

async fn one<P: Protocol>(protocol: P, io: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) {
    let controller = protocol.controller().clone();
    tokio::select! {
        () = controller.shutdown_requested() => {}
        () = protocol.serve(io) => {}
    }
}

/// What is settled when the listener can be made.
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
            // A host that requires it, and reads `false`, reports that.
            multiplex: environment.knows_multiplex().then_some(cfg!(feature = "broker")),
        };
        // Signals first: the host may send them as soon as it has the line.
        let signals = signals::terminate().map_err(ServeError::Process)?;
        let line = format!("{line}\n");
        io::stdout().write_all(line.as_bytes()).map_err(ServeError::Process)?;
        io::stdout().flush().map_err(ServeError::Process)?;
        server.stdio().take_over().map_err(ServeError::Process)?;
        tokio::select! {
            ended = run::run(server, listener, transport, exit_on_disconnect) => Ok(ended),
            () = signals => Ok(Ended::Signal),
            () = shutdown => Ok(Ended::Shutdown),
        }
    }
}
