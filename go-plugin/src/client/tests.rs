//! Clients of a shell: it is the plugin's process, and the test serves its socket.

use std::time::Duration;

use tokio::task::{JoinHandle, JoinSet};

use super::{Client, Reattach, StartErrorReason, Stdio};
use crate::grpc::Services;
use crate::server::PluginSet;
use crate::transport::Listener;
use crate::{Address, Environment, Handshake, HandshakeLine, ProtocolType, Server};

const HANDSHAKE: Handshake = Handshake::new("BASIC_PLUGIN", "hello");
const MINUTE: Duration = Duration::from_secs(60);

async fn started(script: &str) -> Client {
    started_and_served(script, ProtocolType::Grpc, || Services::new().into()).await.0
}

/// Also returns the task that serves the socket.
async fn started_and_served(
    script: &str,
    protocol: ProtocolType,
    plugins: fn() -> PluginSet,
) -> (Client, JoinHandle<()>) {
    let listener = Listener::bind(&Environment::default(), false).unwrap();
    let address = listener.address().unwrap();
    let line = HandshakeLine { version: 1, address, protocol, certificate: String::new(), multiplex: None };
    let serving = tokio::spawn(async move {
        let mut connections = JoinSet::new();
        while let Ok(stream) = listener.accept().await {
            connections.spawn(Server::new(HANDSHAKE).version(1, plugins()).serve_connection(stream));
        }
    });
    let script = format!("echo '{line}'; {script}");
    let client = Client::builder("/bin/sh", HANDSHAKE).args(["-c", &script]).start().await.unwrap();
    (client, serving)
}

#[tokio::test]
async fn plugin_is_observed_until_its_exit() {
    let client = started("echo one >&2; echo two >&2; echo printed; exec sleep 600").await;
    client.ping().await.unwrap();
    assert_eq!((client.handshake().version, client.handshake().protocol), (1, ProtocolType::Grpc));
    assert!(client.channel().is_some());
    #[cfg(feature = "broker")]
    assert!(client.broker().is_some());
    #[cfg(feature = "net-rpc")]
    assert!(client.net_rpc().is_none());

    let two = client.wait_for_log(MINUTE, |record| record.message == "two").await;
    assert_eq!(two.map(|record| record.message).as_deref(), Some("two"));
    assert!(client.wait_for_log(MINUTE, |record| record.message == "one").await.is_some());
    assert_eq!(client.wait_for_log(Duration::from_millis(1), |_| false).await, None);
    assert_eq!(client.logs().len(), 2);
    let messages: Vec<_> = client.take_logs().into_iter().map(|record| record.message).collect();
    assert_eq!((messages, client.logs()), (vec!["one".to_owned(), "two".to_owned()], vec![]));
    while client.stdio().stdout != b"printed\n" {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert_eq!(client.take_stdio().stdout, b"printed\n");
    assert_eq!(client.stdio(), Stdio::default());

    let mut logs = client.subscribe_logs();
    assert!(client.id().is_some());
    assert_eq!(client.exit_within(Duration::from_millis(1)).await, None);
    client.kill();
    let status = client.exit_within(MINUTE).await.unwrap();
    assert_eq!((status.success(), status.code()), (false, None));
    assert_eq!(logs.recv().await, None);
    assert_eq!(client.wait_for_log(MINUTE, |_| true).await, None);
    assert_eq!((client.id(), client.reattach_config()), (None, None));
    assert_eq!(client.shutdown().await.unwrap(), status);
}

#[cfg(feature = "net-rpc")]
#[tokio::test]
async fn net_rpc_plugin_has_no_channel() {
    let plugins = || crate::net_rpc::Plugins::new().into();
    let (client, serving) = started_and_served("exec sleep 600", ProtocolType::NetRpc, plugins).await;
    client.ping().await.unwrap();
    assert!(client.net_rpc().is_some() && client.channel().is_none());
    #[cfg(feature = "broker")]
    assert!(client.broker().is_none());
    serving.abort();
    assert!(serving.await.is_err());
    assert_eq!(client.ping().await.unwrap_err().code(), tonic::Code::Unavailable);
}

#[tokio::test]
async fn new_records_are_streamed() {
    let client = started("while echo tick >&2; do sleep 0.01; done").await;
    let mut logs = client.subscribe_logs();
    for _ in 0..2 {
        assert_eq!(logs.recv().await.map(|record| record.message).as_deref(), Some("tick"));
    }
}

#[tokio::test]
async fn ping_fails_without_a_connection() {
    let (client, serving) =
        started_and_served("exec sleep 600", ProtocolType::Grpc, || Services::new().into()).await;
    client.ping().await.unwrap();
    serving.abort();
    assert!(serving.await.is_err());
    client.ping().await.unwrap_err();
}

#[tokio::test]
async fn dropped_client_leaves_neither_process_nor_socket() {
    let client = started("exec sleep 600").await;
    let (process, Address::Unix(socket)) = (client.process.clone(), client.handshake().address.clone())
    else {
        panic!("expected a unix socket");
    };
    assert!(socket.exists());
    drop(client);
    assert_eq!(process.wait_for(MINUTE).await.unwrap().code(), None);
    assert!(!socket.exists());
}

#[tokio::test]
async fn another_host_can_reattach() {
    let client = started("exec sleep 600").await;
    let config = client.reattach_config().unwrap();
    assert_eq!((Some(config.pid), &config.address), (client.id(), &client.handshake().address));

    let reattached = Client::reattach(config.clone()).await.unwrap();
    reattached.ping().await.unwrap();
    assert_eq!((reattached.id(), reattached.reattach_config()), (client.id(), Some(config.clone())));
    assert_eq!(reattached.logs(), vec![]);
    drop(reattached);
    assert_eq!(client.exit_within(Duration::from_millis(1)).await, None);

    let reattached = Client::reattach(config.clone()).await.unwrap();
    reattached.kill();
    assert_eq!(client.exit_within(MINUTE).await.unwrap().code(), None);
    assert!(reattached.exit_within(MINUTE).await.is_some());
    assert_eq!(reattached.id(), None);
    let gone = Client::reattach(Reattach { pid: u32::MAX, ..config }).await.unwrap_err();
    assert!(matches!(gone.reason, StartErrorReason::Gone), "{gone}");
    assert_eq!(gone.to_string(), format!("cannot reattach: process {} does not exist", u32::MAX));
}
