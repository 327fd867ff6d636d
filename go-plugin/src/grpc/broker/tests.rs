//! Tests two brokers in one process, over each kind of transport.

use std::time::Duration;

use tokio::task::JoinHandle;
use tonic::{Request, Response, Status};

use super::mux::Mux;
use super::{Broker, BrokerError, Settings};
use crate::Environment;
use crate::client::channel_over;
use crate::grpc::{GrpcServer, Methods, Services};
use crate::process::{Protocol, Stdio};
use crate::transport::{BoxedIo, Security};
use crate::yamux::Role;

/// Returns the number it was created with.
fn numbered(number: u64) -> Services {
    Services::new().add_methods(
        Methods::new("test.Number")
            .unary("Get", move |_: Request<()>| async move { Ok::<_, Status>(Response::new(number)) }),
    )
}

async fn number(broker: &Broker, id: u32) -> Result<u64, String> {
    let channel = broker.dial(id).await.map_err(|error| error.to_string())?;
    let mut client = tonic::client::Grpc::new(channel);
    client.ready().await.map_err(|error| error.to_string())?;
    let path = http::uri::PathAndQuery::from_static("/test.Number/Get");
    let answer = client.unary(Request::new(()), path, tonic_prost::ProstCodec::<(), u64>::default()).await;
    answer.map(Response::into_inner).map_err(|status| status.to_string())
}

fn broker(security: Security, mux: Option<Mux>) -> Broker {
    Broker::new(Settings { environment: Environment::default(), tcp: false, security, mux })
}

#[cfg(feature = "auto-mtls")]
fn with_tls() -> (Security, Security) {
    use crate::tls::{Identity, Tls};
    let host = Identity::generate().unwrap();
    let plugin = Tls::with_host(&host.pem()).unwrap();
    let host = Tls::with_plugin(&host, plugin.certificate()).unwrap();
    (Security::Tls(host), Security::Tls(plugin))
}

/// A host's broker and a plugin's, connected.
async fn pair(security: (Security, Security), multiplexed: bool) -> (Broker, Broker) {
    let (host, plugin, _) = connected(security, multiplexed).await;
    (host, plugin)
}

/// Also returns the plugin's end of the connection.
async fn connected(
    (host, plugin): (Security, Security),
    multiplexed: bool,
) -> (Broker, Broker, JoinHandle<()>) {
    let mux = || multiplexed.then(Mux::new);
    let (hosts, plugins) = (mux(), mux());
    let ours = broker(host.clone(), hosts.clone());
    let theirs = broker(plugin.clone(), plugins.clone());
    let server = GrpcServer::new(Services::new(), None, Stdio::default(), theirs.clone());
    let (near, far) = tokio::io::duplex(64 << 10);
    let serve = move |io: BoxedIo| {
        let (plugin, server) = (plugin.clone(), server.clone());
        async move { server.serve(plugin.accept(io).await.unwrap()).await }
    };
    let ending = if let (Some(hosts), Some(plugins)) = (&hosts, plugins) {
        tokio::spawn(hosts.run(near, Role::Client, |_| async {}));
        let ending = tokio::spawn(plugins.run(far, Role::Server, move |stream| serve(Box::new(stream))));
        let hosts = hosts.clone();
        let channel = channel_over(move || {
            let (stream, host) = (hosts.open().unwrap(), host.clone());
            async move { host.connect(Box::new(stream)).await }
        });
        tokio::spawn(ours.clone().follow(channel.await.unwrap()));
        ending
    } else {
        let ending = tokio::spawn(serve(Box::new(far)));
        let near = std::sync::Mutex::new(Some(near));
        let channel = channel_over(move || {
            let (near, host) = (near.lock().unwrap().take(), host.clone());
            async move { host.connect(Box::new(near.ok_or(std::io::ErrorKind::NotConnected)?)).await }
        });
        tokio::spawn(ours.clone().follow(channel.await.unwrap()));
        ending
    };
    (ours, theirs, ending)
}

fn each_security() -> Vec<(Security, Security)> {
    vec![
        (Security::Plain, Security::Plain),
        #[cfg(feature = "auto-mtls")]
        with_tls(),
    ]
}

#[tokio::test]
async fn both_sides_serve_and_dial() {
    for multiplexed in [false, true] {
        for security in each_security() {
            let (host, plugin) = pair(security, multiplexed).await;
            for (serving, dialing) in [(&host, &plugin), (&plugin, &host)] {
                for round in 1..=3 {
                    let (id, broker) = (serving.next_id(), serving.clone());
                    assert_eq!(id, round);
                    let served =
                        tokio::spawn(async move { broker.accept_and_serve(id, numbered(id.into())).await });
                    assert_eq!(number(dialing, id).await, Ok(round.into()));
                    served.abort();
                }
            }
        }
    }
}

#[tokio::test]
async fn several_servers_are_distinguished() {
    for multiplexed in [false, true] {
        let (host, plugin) = pair((Security::Plain, Security::Plain), multiplexed).await;
        let calls = (0..50).map(|_| {
            let (id, serving, dialing) = (host.next_id(), host.clone(), plugin.clone());
            tokio::spawn(async move { serving.accept_and_serve(id, numbered(id.into())).await });
            tokio::spawn(async move { (id, number(&dialing, id).await) })
        });
        for call in calls.collect::<Vec<_>>() {
            let (id, found) = call.await.unwrap();
            assert_eq!(found, Ok(id.into()));
        }
    }
}

#[tokio::test]
async fn number_can_be_dialed_before_it_is_accepted() {
    for multiplexed in [false, true] {
        let (host, plugin) = pair((Security::Plain, Security::Plain), multiplexed).await;
        let dialing = tokio::spawn(async move { number(&plugin, 7).await });
        tokio::time::sleep(Duration::from_millis(100)).await;
        tokio::spawn(async move { host.accept_and_serve(7, numbered(7)).await });
        assert_eq!(dialing.await.unwrap(), Ok(7));
    }
}

#[tokio::test(start_paused = true)]
async fn dialing_an_unaccepted_number_times_out() {
    for multiplexed in [false, true] {
        let (host, plugin) = pair((Security::Plain, Security::Plain), multiplexed).await;
        let (one, two) = tokio::join!(host.dial(9), plugin.dial(9));
        for error in [one.unwrap_err(), two.unwrap_err()] {
            let text = error.to_string();
            assert!(text.contains("expected a server with the number 9 within 5 s"), "{text}");
        }
    }
}

/// Serves the first number, and returns the host, what ends its connection, and the task that serves.
async fn serving(multiplexed: bool) -> (Broker, JoinHandle<()>, JoinHandle<Result<(), BrokerError>>) {
    let (host, plugin, ending) = connected((Security::Plain, Security::Plain), multiplexed).await;
    let serving = {
        let host = host.clone();
        tokio::spawn(async move { host.accept_and_serve(1, numbered(1)).await })
    };
    assert_eq!(number(&plugin, 1).await, Ok(1));
    (host, ending, serving)
}

#[tokio::test]
async fn server_ends_with_the_connection() {
    let (host, ending, serving) = serving(true).await;
    ending.abort();
    tokio::time::timeout(Duration::from_secs(10), serving).await.unwrap().unwrap().unwrap_err();
    assert!(matches!(host.dial(2).await, Err(BrokerError::Connect { id: 2, .. })));
}

#[tokio::test]
async fn server_with_a_socket_ends_with_the_connection() {
    let (host, ending, serving) = serving(false).await;
    assert!(!serving.is_finished());
    ending.abort();
    tokio::time::timeout(Duration::from_secs(10), serving).await.unwrap().unwrap().unwrap();
    assert!(matches!(host.accept(2).await, Err(BrokerError::Disconnected)));
}

#[cfg(feature = "auto-mtls")]
#[tokio::test]
async fn rejects_another_certificate() {
    let (host, plugin) = pair(with_tls(), false).await;
    let (stranger, _) = with_tls();
    let mut listener = plugin.accept(3).await.unwrap();
    let accepting = tokio::spawn(async move { listener.accept().await.map(drop) });
    let info = host.shared.announced.wait(3).await.unwrap();
    let address = crate::Address::from_parts(&info.network, &info.address).unwrap();
    let _ = stranger.connect(address.connect().await.unwrap()).await;
    assert!(accepting.await.unwrap().is_err());
}
