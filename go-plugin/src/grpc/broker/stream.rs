//! The stream between the two brokers. The host opens it as soon as it is connected.

use tokio::sync::mpsc;
use tokio_stream::StreamExt;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};

use super::Broker;
use crate::grpc::{Answers, Messages};
use crate::proto::plugin::ConnInfo;
use crate::proto::plugin::grpc_broker_server::GrpcBroker;

/// The number of messages buffered for the other side.
const WAITING: usize = 64;

/// The sender of messages to the other side.
#[derive(Debug)]
pub(super) enum Outgoing {
    /// The stream is expected.
    NotYet,
    Open(mpsc::Sender<ConnInfo>),
    Closed,
}

impl Outgoing {
    pub(super) const fn is_settled(&self) -> bool {
        !matches!(self, Self::NotYet)
    }

    pub(super) const fn is_closed(&self) -> bool {
        matches!(self, Self::Closed)
    }

    pub(super) fn sender(&self) -> Option<mpsc::Sender<ConnInfo>> {
        match self {
            Self::Open(sender) => Some(sender.clone()),
            _ => None,
        }
    }
}

/// An open stream; dropping it closes it.
struct Opened {
    broker: Broker,
    sender: mpsc::Sender<ConnInfo>,
}

impl Drop for Opened {
    fn drop(&mut self) {
        self.broker.shared.outgoing.send_if_modified(|outgoing| {
            // Keep a newer one.
            let ours = matches!(outgoing, Outgoing::Open(newest) if newest.same_channel(&self.sender));
            if ours {
                *outgoing = Outgoing::Closed;
            }
            ours
        });
    }
}

impl Broker {
    /// Sends messages to this stream from now on: a host that reattached replaces the previous one.
    fn open(&self) -> (Opened, ReceiverStream<ConnInfo>) {
        let (sender, receiver) = mpsc::channel(WAITING);
        self.shared.outgoing.send_replace(Outgoing::Open(sender.clone()));
        (Opened { broker: self.clone(), sender }, ReceiverStream::new(receiver))
    }

    /// The host side: opens the stream and follows it until it ends.
    #[cfg(feature = "client")]
    pub(crate) async fn follow(self, channel: tonic::transport::Channel) {
        use crate::grpc::checked::Checked;
        use crate::proto::plugin::grpc_broker_client::GrpcBrokerClient;

        let (_opened, messages) = self.open();
        // A Go plugin sends nothing, not even headers, until it has a message.
        let stream = GrpcBrokerClient::new(Checked::new(channel)).start_stream(messages).await;
        match stream {
            Ok(stream) => self.read(stream.into_inner()).await,
            Err(error) => {
                tracing::debug!(error = &error as &dyn std::error::Error, "the plugin has no broker");
            }
        }
    }

    async fn read(&self, mut messages: impl tokio_stream::Stream<Item = Result<ConnInfo, Status>> + Unpin) {
        while let Some(Ok(info)) = messages.next().await {
            self.receive(info).await;
        }
    }
}

/// The plugin side.
impl GrpcBroker for Broker {
    async fn start_stream(
        &self,
        request: Request<Messages<ConnInfo>>,
    ) -> Result<Response<impl Answers<ConnInfo> + use<>>, Status> {
        let (opened, messages) = self.open();
        tokio::spawn(async move {
            tokio::select! {
                () = opened.broker.read(request.into_inner()) => {}
                () = opened.sender.closed() => {}
            }
        });
        Ok(Response::new(messages.map(Ok)))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{BrokerError, Settings};
    use super::*;
    use crate::Environment;
    use crate::transport::Security;

    fn broker() -> Broker {
        let environment = Environment::default();
        Broker::new(Settings { environment, tcp: false, security: Security::Plain, mux: None })
    }

    fn info(service_id: u32) -> ConnInfo {
        ConnInfo { service_id, ..ConnInfo::default() }
    }

    #[tokio::test]
    async fn message_waits_for_the_stream() {
        let broker = broker();
        let opening = async { broker.open() };
        let (sent, (_opened, mut messages)) = tokio::join!(broker.send(info(1)), opening);
        sent.unwrap();
        assert_eq!(messages.next().await, Some(info(1)));
    }

    #[tokio::test]
    async fn messages_go_to_the_newest_stream_until_it_ends() {
        let broker = broker();
        let (first, _messages) = broker.open();
        let (second, mut messages) = broker.open();
        drop(first);
        broker.send(info(2)).await.unwrap();
        assert_eq!(messages.next().await, Some(info(2)));
        drop(second);
        assert!(matches!(broker.send(info(3)).await, Err(BrokerError::Disconnected)));
    }

    #[tokio::test(start_paused = true)]
    async fn message_without_a_stream_is_an_error() {
        assert!(matches!(broker().send(info(1)).await, Err(BrokerError::Disconnected)));
    }
}
