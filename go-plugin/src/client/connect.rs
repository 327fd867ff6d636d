//! Connects to a plugin's address.

use tokio::task::JoinSet;
use tonic::transport::Channel;

use super::stdio::Collector;
#[cfg(feature = "broker")]
use crate::Environment;
use crate::grpc::channel::{ConnectError, channel_over};
#[cfg(feature = "broker")]
use crate::grpc::{Broker, Mux, Settings};
use crate::transport::Security;
#[cfg(feature = "broker")]
use crate::yamux::Role;
use crate::{Address, HandshakeLine, ProtocolType};

pub(super) enum Connection {
    Grpc {
        channel: Channel,
        #[cfg(feature = "broker")]
        broker: Broker,
    },
    #[cfg(feature = "net-rpc")]
    NetRpc(Box<crate::net_rpc::RpcClient>),
}

/// The settings known after the handshake line.
pub(super) struct Connector<'a> {
    pub(super) security: Security,
    /// Whether all connections share one.
    #[cfg_attr(not(feature = "broker"), expect(dead_code))]
    pub(super) multiplex: bool,
    pub(super) printed: &'a Collector,
    pub(super) tasks: &'a mut JoinSet<()>,
}

impl Connector<'_> {
    pub(super) async fn connect(self, line: &HandshakeLine) -> Result<Connection, ConnectError> {
        match line.protocol {
            ProtocolType::Grpc => self.grpc(&line.address).await,
            #[cfg(feature = "net-rpc")]
            ProtocolType::NetRpc => self.net_rpc(&line.address).await,
            #[cfg(not(feature = "net-rpc"))]
            ProtocolType::NetRpc => Err("net/rpc requires the feature `net-rpc`".into()),
        }
    }

    async fn grpc(self, address: &Address) -> Result<Connection, ConnectError> {
        #[cfg(feature = "broker")]
        if self.multiplex {
            return self.multiplexed(address).await;
        }
        let (to, security) = (address.clone(), self.security.clone());
        let channel = channel_over(move || {
            let (to, security) = (to.clone(), security.clone());
            async move { security.connect(to.connect().await?).await }
        });
        let channel = channel.await?;
        #[cfg(feature = "broker")]
        let broker = self.broker(None);
        Ok(self.follow(Connection::Grpc {
            channel,
            #[cfg(feature = "broker")]
            broker,
        }))
    }

    #[cfg(feature = "broker")]
    async fn multiplexed(self, address: &Address) -> Result<Connection, ConnectError> {
        let io = address.connect().await?;
        let (mux, security) = (Mux::new(), self.security.clone());
        // A plugin opens streams only for numbers that the host accepts.
        self.tasks.spawn(mux.run(io, Role::Client, |_| async {}));
        let opening = mux.clone();
        let channel = channel_over(move || {
            let stream = opening.open().ok_or(std::io::ErrorKind::NotConnected);
            let security = security.clone();
            async move { security.connect(Box::new(stream?)).await }
        });
        let channel = channel.await?;
        let broker = self.broker(Some(mux));
        Ok(self.follow(Connection::Grpc { channel, broker }))
    }

    #[cfg(feature = "broker")]
    fn broker(&self, mux: Option<Mux>) -> Broker {
        let environment = Environment::default();
        Broker::new(Settings { environment, tcp: false, security: self.security.clone(), mux })
    }

    /// Starts the tasks that run as long as the connection.
    fn follow(self, connection: Connection) -> Connection {
        match &connection {
            Connection::Grpc {
                channel,
                #[cfg(feature = "broker")]
                broker,
            } => {
                self.tasks.spawn(self.printed.clone().follow_service(channel.clone()));
                #[cfg(feature = "broker")]
                self.tasks.spawn(broker.clone().follow(channel.clone()));
            }
            #[cfg(feature = "net-rpc")]
            Connection::NetRpc(_) => {}
        }
        connection
    }

    #[cfg(feature = "net-rpc")]
    async fn net_rpc(self, address: &Address) -> Result<Connection, ConnectError> {
        use super::stdio::Origin;
        let io = self.security.connect(address.connect().await?).await?;
        let (rpc, stdout, stderr) = crate::net_rpc::RpcClient::start(io)?;
        self.tasks.spawn(self.printed.clone().follow(stdout, Origin::Stdout));
        self.tasks.spawn(self.printed.clone().follow(stderr, Origin::Stderr));
        Ok(Connection::NetRpc(Box::new(rpc)))
    }
}
