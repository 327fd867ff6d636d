//! Serves connections and shuts them down: the common part of gRPC and net/rpc (go-plugin's `protocol.go`,
//! `ServerProtocol`).

use std::pin::pin;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::JoinSet;

use crate::Environment;
#[cfg(feature = "broker")]
use crate::grpc::{Broker, Mux, Settings};
use crate::process::Protocol;
#[cfg(feature = "broker")]
use crate::transport::BoxedIo;
use crate::transport::{Listener, Security, Stream};
#[cfg(feature = "broker")]
use crate::yamux::Role;

/// How long the host may take to close its connection after it requested shutdown. It closes once it has the
/// response; until then it may still write, and logs an error if nobody reads. It kills the process after two
/// seconds.
const DRAIN: Duration = Duration::from_millis(100);

/// How long the host may take to reconnect after its only connection has closed. Old hosts do not request
/// shutdown: they close the connection, wait 250 ms, and kill the process (go-plugin of 2017, `client.go`,
/// `Kill`). A killed host requests nothing.
const LINGER: Duration = Duration::from_millis(50);

/// How often to check whether the host is gone before it has connected. The connection shows it later.
#[cfg(unix)]
const GLANCE: Duration = Duration::from_secs(1);

/// Why the server stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ended {
    /// The host requested shutdown, or the `shutdown` of
    /// [`Server::serve_with_shutdown`](super::Server::serve_with_shutdown) resolved. A Go host waits two
    /// seconds for the process to exit, then kills it (`client.go`, `Kill`).
    Shutdown,
    /// The host closed its only connection or is gone; only with
    /// [`Server::exit_on_disconnect`](super::Server::exit_on_disconnect).
    Disconnected,
    /// SIGTERM.
    Signal,
}

/// The transport below a connection's protocol.
#[derive(Clone)]
pub(super) struct Transport {
    pub(super) security: Security,
    /// All streams of the protocol share one connection.
    #[cfg(feature = "broker")]
    pub(super) mux: Option<Mux>,
}

impl Transport {
    #[cfg(feature = "broker")]
    pub(super) fn broker(&self, environment: Environment, tcp: bool) -> Broker {
        let Self { security, mux } = self.clone();
        Broker::new(Settings { environment, tcp, security, mux })
    }

    #[cfg(not(feature = "broker"))]
    #[allow(clippy::unused_self)]
    pub(super) fn broker(&self, _: Environment, _: bool) -> crate::grpc::NoBroker {
        crate::grpc::NoBroker
    }
}

/// Serves until the host requests shutdown, or, if configured, closes its only connection.
pub(super) async fn run<P: Protocol>(
    protocol: P,
    listener: Listener,
    transport: Transport,
    exit_on_disconnect: bool,
) -> Ended {
    let mut connections = JoinSet::new();
    let mut was_connected = false;
    let mut orphaned = pin!(orphaned());
    let ended = loop {
        let is_idle = exit_on_disconnect && connections.is_empty();
        tokio::select! {
            () = protocol.controller().shutdown_requested() => break Ended::Shutdown,
            () = tokio::time::sleep(LINGER), if is_idle && was_connected => {
                tracing::debug!("the host has closed its connection");
                break Ended::Disconnected;
            }
            () = &mut orphaned, if is_idle && !was_connected => break Ended::Disconnected,
            accepted = listener.accept() => match accepted {
                Ok(stream) => {
                    connections.spawn(connection(protocol.clone(), stream, transport.clone()));
                }
                Err(error) => {
                    // File descriptors may be exhausted; the next attempt may succeed.
                    tracing::warn!(error = &error as &dyn std::error::Error, "cannot accept a connection");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            },
            Some(ended) = connections.join_next() => was_connected |= ended.unwrap_or(true),
        }
    };
    drop(listener);
    protocol.stdio().finish().await;
    let drained = async { while connections.join_next().await.is_some() {} };
    // Running calls do not delay the exit.
    let _ = tokio::time::timeout(DRAIN, drained).await;
    ended
}

/// Resolves when the parent of this process, which is the host, has ended.
async fn orphaned() {
    #[cfg(unix)]
    {
        use std::os::unix::process::parent_id;
        let host = parent_id();
        while parent_id() == host {
            tokio::time::sleep(GLANCE).await;
        }
    }
    #[cfg(not(unix))]
    std::future::pending::<()>().await;
}

/// Returns whether it was the host's connection.
async fn connection<P: Protocol>(protocol: P, stream: Stream, transport: Transport) -> bool {
    #[cfg(feature = "broker")]
    if let Some(mux) = transport.mux {
        let serve = move |stream| {
            let (protocol, security) = (protocol.clone(), transport.security.clone());
            async move {
                let stream: BoxedIo = Box::new(stream);
                serve(protocol, stream, security).await;
            }
        };
        mux.run(stream, Role::Server, serve).await;
        return true;
    }
    serve(protocol, stream, transport.security).await
}

/// Returns whether it was the host's connection.
async fn serve<P: Protocol>(
    protocol: P,
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    security: Security,
) -> bool {
    match security {
        Security::Plain => protocol.serve(stream).await,
        #[cfg(feature = "auto-mtls")]
        Security::Tls(tls) => match tls.accept(stream).await {
            Ok(stream) => protocol.serve(stream).await,
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "refused a connection without the host's certificate"
                );
                return false;
            }
        },
    }
    true
}

#[cfg(all(test, feature = "client"))]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;
    use crate::process::{Controller, Stdio};
    #[cfg(feature = "auto-mtls")]
    use crate::transport::BoxedIo;

    /// Returns what it receives.
    #[derive(Clone, Default)]
    struct Echo {
        controller: Controller,
        stdio: Stdio,
    }

    impl Protocol for Echo {
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
            let (mut from, mut to) = tokio::io::split(io);
            let _ = tokio::io::copy(&mut from, &mut to).await;
        }
    }

    fn listener() -> Listener {
        Listener::bind(&Environment::default(), false).unwrap()
    }

    fn with(security: Security) -> Transport {
        Transport {
            security,
            #[cfg(feature = "broker")]
            mux: None,
        }
    }

    async fn call(io: &mut (impl AsyncRead + AsyncWrite + Unpin)) {
        io.write_all(b"?").await.unwrap();
        io.flush().await.unwrap();
        assert_eq!(io.read_u8().await.unwrap(), b'?');
    }

    #[tokio::test(start_paused = true)]
    async fn end_of_the_only_connection_ends_the_server_if_configured() {
        for (exit_on_disconnect, expected) in [(true, Ended::Disconnected), (false, Ended::Shutdown)] {
            let (echo, listener) = (Echo::default(), listener());
            let address = listener.address().unwrap();
            let running =
                tokio::spawn(run(echo.clone(), listener, with(Security::Plain), exit_on_disconnect));
            // Before the host connects, the server waits.
            tokio::time::sleep(Duration::from_secs(60)).await;
            for _ in 0..2 {
                call(&mut address.connect().await.unwrap()).await;
            }
            tokio::time::sleep(Duration::from_secs(60)).await;
            echo.controller.request_shutdown();
            assert_eq!(running.await.unwrap(), expected);
            assert!(address.connect().await.is_err());
            assert_eq!(crate::future::now(echo.stdio.next()), Some(None));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn host_is_noticed_while_it_runs() {
        let orphaned = tokio::time::timeout(Duration::from_secs(3600), orphaned()).await;
        assert!(orphaned.is_err(), "the tests' parent runs");
    }

    /// Connects, and returns both sides.
    #[cfg(feature = "auto-mtls")]
    async fn pair() -> (Stream, BoxedIo) {
        let listener = listener();
        let address = listener.address().unwrap();
        let (ours, theirs) = tokio::join!(listener.accept(), address.connect());
        (ours.unwrap(), theirs.unwrap())
    }

    #[cfg(feature = "auto-mtls")]
    #[tokio::test]
    async fn refused_connection_is_not_the_hosts() {
        use crate::tls::{Identity, Tls};
        let (ours, mut theirs) = pair().await;
        let serving = tokio::spawn(connection(Echo::default(), ours, with(Security::Plain)));
        call(&mut theirs).await;
        drop(theirs);
        assert!(serving.await.unwrap());

        let host = Identity::generate().unwrap();
        let plugin = Tls::with_host(&host.pem()).unwrap();
        let security = Security::Tls(plugin.clone());
        assert_eq!(security.certificate(), plugin.certificate());
        let host = Security::Tls(Tls::with_plugin(&host, plugin.certificate()).unwrap());
        let (ours, theirs) = pair().await;
        let serving = tokio::spawn(connection(Echo::default(), ours, with(security.clone())));
        let mut theirs = host.connect(theirs).await.unwrap();
        call(&mut theirs).await;
        drop(theirs);
        assert!(serving.await.unwrap());

        let (ours, mut theirs) = pair().await;
        let serving = tokio::spawn(connection(Echo::default(), ours, with(security)));
        theirs.write_all(b"PRI * HTTP/2.0").await.unwrap();
        drop(theirs);
        assert!(!serving.await.unwrap());
    }
}
