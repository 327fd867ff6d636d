//! `plugin.GRPCBroker`: lets host and plugin offer each other further gRPC servers (go-plugin
//! `grpc_broker.go`).
//!
//! ```text
//! A: accept(7) ─ its own socket ─► ConnInfo { 7, unix, path } ─► B: dial(7) ─ connects
//!
//! multiplexed, all in one connection:
//! A: accept(7) ◄── knock 7 ── B: dial(7)
//!              ─── ack 7 ───►
//!              ◄── the next yamux stream
//! ```
//!
//! Either side may accept or dial. Under AutoMTLS, all these connections use TLS with the same two
//! certificates.

mod error;
mod listener;
pub(crate) mod mux;
mod stream;
#[cfg(all(test, feature = "client"))]
mod tests;

use std::fmt;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use tokio::sync::watch;
use tonic::transport::Channel;

use super::Services;
use super::channel::channel_over;
use crate::pending::{PATIENCE, Pending};
use crate::proto::plugin::{ConnInfo, conn_info::Knock};
use crate::transport::Listener as Socket;
use crate::transport::{BoxedIo, Security};
use crate::{Address, Environment};
pub use error::BrokerError;
pub use listener::{BrokerListener, BrokeredConnection};
use mux::Mux;
use stream::Outgoing;

/// How often a refused knock is repeated. A Go host may respond that it has no listener while it creates one:
/// it handles knocks first (`grpc_broker.go`, `Accept`).
const KNOCKS: u32 = 5;
/// The pause between knocks.
const BETWEEN_KNOCKS: std::time::Duration = std::time::Duration::from_millis(20);

/// Further gRPC connections between a host and its plugin, by number; clones share it.
///
/// One side chooses a number with [`next_id`](Self::next_id), accepts connections for it, and sends the
/// number to the other side in its own message. The other side dials that number within five seconds.
///
/// A plugin receives its broker through [`Server::version_with_broker`](crate::Server::version_with_broker),
/// a host through `Client::broker`.
#[derive(Clone)]
pub struct Broker {
    shared: Arc<Shared>,
}

struct Shared {
    last_id: AtomicU32,
    outgoing: watch::Sender<Outgoing>,
    /// Addresses and acknowledgements from the other side.
    announced: Pending<ConnInfo>,
    mux: Option<Mux>,
    security: Security,
    /// The directory of sockets.
    environment: Environment,
    tcp: bool,
}

/// How a broker creates connections.
pub(crate) struct Settings {
    pub(crate) environment: Environment,
    pub(crate) tcp: bool,
    pub(crate) security: Security,
    /// Set if all connections share one.
    pub(crate) mux: Option<Mux>,
}

impl Broker {
    pub(crate) fn new(settings: Settings) -> Self {
        let Settings { environment, tcp, security, mux } = settings;
        Self {
            shared: Arc::new(Shared {
                last_id: AtomicU32::new(0),
                outgoing: watch::Sender::new(Outgoing::NotYet),
                announced: Pending::default(),
                mux,
                security,
                environment,
                tcp,
            }),
        }
    }

    /// Returns a number not yet used by this side.
    pub fn next_id(&self) -> u32 {
        self.shared.last_id.fetch_add(1, Ordering::Relaxed).wrapping_add(1)
    }

    /// Accepts connections for this number until the listener is dropped.
    pub async fn accept(&self, id: u32) -> Result<BrokerListener, BrokerError> {
        if let Some(mux) = &self.shared.mux {
            let (streams, has_knocked) = mux.listen(id);
            if has_knocked {
                self.open_door(id, mux).await?;
            }
            return Ok(BrokerListener::streams(streams, self.shared.security.clone()));
        }
        let socket = Socket::bind(&self.shared.environment, self.shared.tcp)?;
        let (network, address) = socket.address()?.parts();
        let info = ConnInfo { service_id: id, network: network.to_owned(), address, knock: None };
        self.send(info).await?;
        Ok(BrokerListener::socket(socket, self.shared.security.clone()))
    }

    /// Serves these services on connections to this number until the future is dropped or host and plugin are
    /// disconnected. If they already are, it fails immediately.
    ///
    /// ```
    /// # use go_plugin::grpc::{Broker, Services};
    /// # fn example(broker: Broker, services: Services) {
    /// let id = broker.next_id();
    /// let serving = tokio::spawn(async move { broker.accept_and_serve(id, services).await });
    /// // Send `id` to the other side. Once it no longer needs the server:
    /// serving.abort();
    /// # }
    /// ```
    pub async fn accept_and_serve(&self, id: u32, services: Services) -> Result<(), BrokerError> {
        let listener = self.accept(id).await?;
        let mut outgoing = self.shared.outgoing.subscribe();
        let closed = async { drop(outgoing.wait_for(Outgoing::is_closed).await) };
        tokio::select! {
            served = listener.serve(services) => Ok(served?),
            () = closed => Ok(()),
        }
    }

    /// Connects to the other side's server for this number, waiting up to five seconds for it.
    ///
    /// Use the channel with tonic's generated clients.
    pub async fn dial(&self, id: u32) -> Result<Channel, BrokerError> {
        let failed = |source| BrokerError::Connect { id, source };
        if self.shared.mux.is_some() {
            let broker = self.clone();
            let connect = move || {
                let broker = broker.clone();
                async move { broker.dial_stream(id).await.map_err(io::Error::other) }
            };
            return channel_over(connect).await.map_err(failed);
        }
        let info = self.shared.announced.wait(id).await.ok_or(BrokerError::NotAnnounced(id))?;
        let address =
            Address::from_parts(&info.network, &info.address).map_err(|problem| failed(problem.into()))?;
        let security = self.shared.security.clone();
        let connect = move || {
            let (address, security) = (address.clone(), security.clone());
            async move { security.connect(address.connect().await?).await }
        };
        channel_over(connect).await.map_err(failed)
    }

    /// Opens a stream of the shared connection.
    async fn dial_stream(&self, id: u32) -> Result<BoxedIo, BrokerError> {
        let mux = self.shared.mux.as_ref().ok_or(BrokerError::Disconnected)?;
        // The other side assigns the next stream to the number of the last knock.
        let dialing = mux.dialing().await;
        let mut refused = self.knock(id).await?;
        for _ in 1..KNOCKS {
            if refused.is_none() {
                break;
            }
            tokio::time::sleep(BETWEEN_KNOCKS).await;
            refused = self.knock(id).await?;
        }
        if let Some(reason) = refused {
            return Err(BrokerError::Refused { id, reason });
        }
        let stream = mux.open().ok_or(BrokerError::Disconnected)?;
        drop(dialing);
        Ok(self.shared.security.connect(Box::new(stream)).await?)
    }

    /// Asks the other side to accept the next stream for this number; returns its reason if it refuses.
    async fn knock(&self, id: u32) -> Result<Option<String>, BrokerError> {
        let knock = Knock { knock: true, ack: false, error: String::new() };
        self.send(ConnInfo { service_id: id, knock: Some(knock), ..ConnInfo::default() }).await?;
        match self.shared.announced.wait(id).await.and_then(|info| info.knock) {
            Some(Knock { ack: true, error, .. }) => Ok(Some(error).filter(|error| !error.is_empty())),
            _ => Err(BrokerError::NotAnnounced(id)),
        }
    }

    /// Handles a message from the other side.
    async fn receive(&self, info: ConnInfo) {
        let id = info.service_id;
        if !info.knock.as_ref().is_some_and(|knock| knock.knock && !knock.ack) {
            self.shared.announced.arrive(id, info);
            return;
        }
        let answered = match &self.shared.mux {
            Some(mux) if mux.knocked(id) => self.open_door(id, mux).await,
            // A listener may follow soon.
            Some(_) => return,
            None => self.acknowledge(id, "brokered connections are not multiplexed here").await,
        };
        if let Err(error) = answered {
            tracing::debug!(error = &error as &dyn std::error::Error, "cannot respond to a knock");
        }
    }

    async fn open_door(&self, id: u32, mux: &Mux) -> Result<(), BrokerError> {
        mux.expect(id);
        self.acknowledge(id, "").await
    }

    async fn acknowledge(&self, id: u32, error: &str) -> Result<(), BrokerError> {
        let knock = Knock { knock: true, ack: true, error: error.to_owned() };
        self.send(ConnInfo { service_id: id, knock: Some(knock), ..ConnInfo::default() }).await
    }

    /// Sends once the other side has opened its stream, which it does first.
    async fn send(&self, info: ConnInfo) -> Result<(), BrokerError> {
        let mut outgoing = self.shared.outgoing.subscribe();
        let settled = async { outgoing.wait_for(Outgoing::is_settled).await.ok()?.sender() };
        let sender = tokio::time::timeout(PATIENCE, settled).await.ok().flatten();
        let sender = sender.ok_or(BrokerError::Disconnected)?;
        sender.send(info).await.map_err(|_| BrokerError::Disconnected)
    }
}

impl fmt::Debug for Broker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Broker").field("multiplexed", &self.shared.mux.is_some()).finish_non_exhaustive()
    }
}
