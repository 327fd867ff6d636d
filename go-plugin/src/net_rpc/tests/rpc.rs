use std::sync::Arc;

use tokio::sync::Semaphore;

use crate::net_rpc::client::{RpcClient as Client, RpcError};
use crate::net_rpc::gob::{GobError, Nil};
use crate::net_rpc::memory::{MESSAGE, Memory};
use crate::net_rpc::messages::{Messages, ReadError};
use crate::net_rpc::{Answer, Arguments, Empty, NetRpcServer as Server, Plugins, Reply, Service};
use crate::process::{Protocol, Stdio};

/// Echoes a number; an odd one only after the next even one.
struct Numbers(Arc<Semaphore>);

impl Service for Numbers {
    fn call(&self, method: &str, arguments: Arguments<'_>) -> Option<Result<Answer, GobError>> {
        let gate = Arc::clone(&self.0);
        (method == "Echo").then(|| {
            arguments.read::<u64>().map(|number| -> Answer {
                Box::pin(async move {
                    if number % 2 == 0 {
                        gate.add_permits(1);
                    } else {
                        gate.acquire().await.map_err(|error| error.to_string())?.forget();
                    }
                    Ok(Reply::new(number))
                })
            })
        })
    }
}

fn client() -> (Client, Server) {
    let (ours, theirs) = tokio::io::duplex(1 << 16);
    let plugins = Plugins::new().add("numbers", Numbers(Arc::new(Semaphore::new(0))));
    let server = Server::new(plugins, Stdio::default());
    tokio::spawn(server.clone().serve(theirs));
    (Client::start(ours).unwrap().0, server)
}

fn text(result: Result<impl std::fmt::Debug, RpcError>) -> String {
    match result {
        Err(RpcError::Server(text)) => text,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn missing_names_have_gos_errors_and_end_nothing() {
    let (client, _) = client();
    assert_eq!(text(client.dispense("other").await.map(drop)), "unknown plugin type: other");
    let numbers = client.dispense("numbers").await.unwrap();
    for (method, expected) in [
        ("Plugin.Missing", "rpc: can't find method Plugin.Missing"),
        ("Other.Echo", "rpc: can't find service Other.Echo"),
        ("Echo", "rpc: service/method request ill-formed: Echo"),
        ("Plugin.Echo", "Plugin.Echo: expected a uint, found a string"),
    ] {
        assert_eq!(text(numbers.call::<_, u64>(method, &"two".to_owned()).await), expected);
    }
    let missing = numbers.call::<_, u64>("Plugin.Missing", &Empty {}).await;
    assert_eq!(text(missing), "rpc: can't find method Plugin.Missing");
    let other = numbers.call::<_, String>("Plugin.Echo", &2_u64).await.unwrap_err();
    assert!(matches!(other, RpcError::Reply(_)), "{other:?}");
    assert_eq!(other.to_string(), "expected a string, found a uint");
    assert_eq!(numbers.call::<_, u64>("Plugin.Echo", &4_u64).await.unwrap(), 4);
    client.ping().await.unwrap();
}

#[tokio::test]
async fn responses_are_sent_when_ready_in_any_order() {
    let (client, _) = client();
    let (numbers, others) =
        (client.dispense("numbers").await.unwrap(), client.dispense("numbers").await.unwrap());
    let (one, three, two, four) = tokio::join!(
        numbers.call::<_, u64>("Plugin.Echo", &1_u64),
        numbers.call::<_, u64>("Plugin.Echo", &3_u64),
        numbers.call::<_, u64>("Plugin.Echo", &2_u64),
        others.call::<_, u64>("Plugin.Echo", &4_u64),
    );
    assert_eq!([one.unwrap(), two.unwrap(), three.unwrap(), four.unwrap()], [1, 2, 3, 4]);
}

#[tokio::test]
async fn shutdown_request_is_answered() {
    let (client, server) = client();
    client.quit().await.unwrap();
    server.controller().shutdown_requested().await;
}

#[tokio::test]
async fn closed_connection_fails_all_calls() {
    let (ours, theirs) = tokio::io::duplex(1 << 16);
    let (client, _, _) = Client::start(ours).unwrap();
    let (ended, ()) = tokio::join!(client.ping(), async { drop(theirs) });
    assert!(matches!(ended, Err(RpcError::Ended)));
    let later = client.ping().await.unwrap_err();
    assert!(matches!(later, RpcError::Ended), "{later:?}");
    assert_eq!(later.to_string(), "the connection is shut down");
}

#[tokio::test]
async fn truncated_messages_end_their_stream() {
    let memory = Memory::new();
    let all = memory.free();
    let cut_off = [&too_long()[..], &[0; 100]].concat();
    for (stream, said) in [
        (&cut_off[..], "unexpected end of file"),
        (&[0xf7, 0][..], "expected a message length of at most 8 bytes, found 9"),
        (&[0xff, 0xf0, 1][..], "unexpected end of file"),
        (&[0xfc, 1][..], "early eof"),
    ] {
        let read = Messages::new(stream, memory.clone()).value::<Nil>().await;
        let Err(ReadError::Stream(error)) = read else { panic!("{read:?}") };
        assert!(error.to_string().contains(said), "{error}");
        assert_eq!(memory.free(), all);
    }
    let empty: &[u8] = &[];
    assert!(matches!(Messages::new(empty, memory).value::<Empty>().await, Ok(None)));
}

/// The length of a message one byte above the limit.
fn too_long() -> Vec<u8> {
    [&[0xfc][..], &u32::try_from(MESSAGE + 1).unwrap().to_be_bytes()].concat()
}

#[tokio::test]
async fn too_long_message_is_skipped_with_an_error() {
    let memory = Memory::new();
    let all = memory.free();
    let mut stream = [&too_long()[..], &vec![7; MESSAGE + 1]].concat();
    // Go's encoding of `true`.
    stream.extend([3, 2, 0, 1]);
    let mut messages = Messages::new(&stream[..], memory.clone());
    let Err(ReadError::Value(error)) = messages.value::<Nil>().await else { panic!("it was read") };
    let expected = "expected a message of at most 16777216 bytes, found 16777217";
    assert_eq!(error.to_string(), expected);
    assert_eq!(memory.free(), all);
    assert!(matches!(messages.value::<bool>().await, Ok(Some(true))));
}
