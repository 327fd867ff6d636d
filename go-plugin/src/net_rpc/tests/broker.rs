//! Tests further streams in both directions.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::Instant;

use crate::net_rpc::client::RpcClient;
use crate::net_rpc::gob::GobError;
use crate::net_rpc::memory::Memory;
use crate::net_rpc::{Answer, Arguments, MuxBroker, NetRpcServer, Plugins, Reply, Service};
use crate::pending::PATIENCE;
use crate::process::{Protocol, Stdio};
use crate::yamux::{Connection, Role};

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
    let connection = Connection::new(theirs, Role::Server);
    let broker = MuxBroker::new(connection.handle(), Memory::new());
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

#[tokio::test(start_paused = true)]
async fn stream_without_a_number_is_closed_and_delays_no_other() {
    let (ours, theirs) = tokio::io::duplex(1 << 16);
    let (ours, theirs) = (Connection::new(ours, Role::Client), Connection::new(theirs, Role::Server));
    let (handle, memory) = (ours.handle(), Memory::new());
    let dialing = MuxBroker::new(handle.clone(), memory.clone());
    let accepting = MuxBroker::new(theirs.handle(), memory);
    tokio::spawn(ours.run());
    tokio::spawn(theirs.run());
    tokio::spawn(accepting.clone().run());
    let start = Instant::now();
    let mut silent = handle.open().unwrap();
    for number in [dialing.next_id(), dialing.next_id()] {
        let (dialed, accepted) = tokio::join!(dialing.dial(number), accepting.accept(number));
        dialed.unwrap();
        accepted.unwrap();
    }
    assert_eq!(start.elapsed().as_secs(), 0);
    assert_eq!(silent.read(&mut [0]).await.unwrap(), 0);
    assert_eq!(start.elapsed().as_secs(), PATIENCE.as_secs());
}

#[tokio::test]
async fn numbers_are_used_once() {
    let client = client();
    assert_eq!([client.broker().next_id(), client.broker().next_id()], [1, 2]);
}
