//! Tests further streams in both directions.

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::net_rpc::client::RpcClient;
use crate::net_rpc::gob::GobError;
use crate::net_rpc::{Answer, Arguments, MuxBroker, NetRpcServer, Plugins, Reply, Service};
use crate::process::{Protocol, Stdio};

/// Doubles a number.
struct Double;

impl Service for Double {
    fn call(&self, method: &str, arguments: Arguments<'_>) -> Option<Result<Answer, GobError>> {
        (method == "Double").then(|| {
            arguments
                .read::<u64>()
                .map(|number| -> Answer { Box::pin(std::future::ready(Ok(Reply::new(2 * number)))) })
        })
    }
}

/// Calls the host's `Double` at the number in its argument, and offers its own: the reply is its number.
struct Calling(MuxBroker);

impl Service for Calling {
    fn call(&self, method: &str, arguments: Arguments<'_>) -> Option<Result<Answer, GobError>> {
        let broker = self.0.clone();
        (method == "Call").then(|| {
            arguments.read::<u64>().map(|number| -> Answer {
                Box::pin(async move {
                    let number = u32::try_from(number).map_err(|error| error.to_string())?;
                    let host = broker.dial_caller(number).await.map_err(|error| error.to_string())?;
                    let doubled: u64 =
                        host.call("Plugin.Double", &21_u64).await.map_err(|error| error.to_string())?;
                    if doubled != 42 {
                        return Err(format!("expected 42, found {doubled}"));
                    }
                    let own = broker.next_id();
                    tokio::spawn(async move { broker.accept_and_serve(own, Double).await });
                    Ok(Reply::new(u64::from(own)))
                })
            })
        })
    }
}

fn client() -> RpcClient {
    let (ours, theirs) = tokio::io::duplex(1 << 16);
    let plugins = Plugins::new().add_with_broker("calling", |broker| Calling(broker.clone()));
    tokio::spawn(NetRpcServer::new(plugins, Stdio::default()).serve(theirs));
    RpcClient::start(ours).unwrap().0
}

#[tokio::test]
async fn both_sides_serve_each_other() {
    let client = client();
    let calling = client.dispense("calling").await.unwrap();
    for _ in 0..3 {
        let (broker, number) = (client.broker().clone(), client.broker().next_id());
        tokio::spawn(async move { broker.accept_and_serve(number, Double).await });
        let theirs: u64 = calling.call("Plugin.Call", &u64::from(number)).await.unwrap();
        let plugin = client.broker().dial_caller(u32::try_from(theirs).unwrap()).await.unwrap();
        assert_eq!(plugin.call::<_, u64>("Plugin.Double", &4_u64).await.unwrap(), 8);
    }
}

#[tokio::test]
async fn streams_carry_any_bytes() {
    let (ours, theirs) = tokio::io::duplex(1 << 16);
    let (client, _, _) = RpcClient::start(ours).unwrap();
    // The other side is also a client: a broker does not depend on the side.
    let connection = crate::yamux::Connection::new(theirs, crate::yamux::Role::Server);
    let broker = MuxBroker::new(connection.handle(), crate::net_rpc::memory::Memory::new());
    tokio::spawn(connection.run());
    tokio::spawn(broker.clone().run());
    let echo = tokio::spawn(async move {
        let mut stream = broker.accept(7).await.unwrap();
        let mut bytes = [0; 5];
        stream.read_exact(&mut bytes).await.unwrap();
        stream.write_all(&bytes).await.unwrap();
        stream
    });
    let mut stream = client.broker().dial(7).await.unwrap();
    stream.write_all(b"bytes").await.unwrap();
    let mut bytes = [0; 5];
    stream.read_exact(&mut bytes).await.unwrap();
    assert_eq!(&bytes, b"bytes");
    drop(echo.await.unwrap());
}
