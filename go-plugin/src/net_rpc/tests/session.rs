use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::mutate::{Random, spoilt};
use super::{CallArguments, CallReply, SESSION, Trying, numbers};
use crate::net_rpc::gob::{GobError, Nil};
use crate::net_rpc::{Answer, Arguments, NetRpcServer, Plugins, Reply, Service};
use crate::process::{Protocol, Stdio};

/// Accepts the recorded host's calls, and responds immediately.
struct Any;

impl Service for Any {
    fn call(&self, method: &str, arguments: Arguments<'_>) -> Option<Result<Answer, GobError>> {
        let reply = match method {
            "Init" => arguments.read::<Nil>().map(|_| Reply::new(CallReply::default())),
            "GrantAccess" | "RevokeAccess" => {
                arguments.read::<CallArguments>().map(|_| Reply::new(CallReply::default()))
            }
            _ => return None,
        };
        Some(reply.map(|reply| -> Answer { Box::pin(std::future::ready(Ok(reply))) }))
    }
}

const NAME: &str = "ephemeralaccess";

/// A go-plugin host's recorded bytes, mutated: the connection is served to its end.
#[tokio::test]
async fn connection_with_any_bytes_ends() {
    // The name dispensed by the recorded host.
    let plugins = Plugins::new().add(NAME, Any);
    for number in numbers(4) {
        let _trying = Trying(number);
        let mut random = Random::of(number);
        let bytes = if number == 0 { SESSION.to_vec() } else { spoilt(&mut random, &[SESSION]) };
        let (mut ours, theirs) = tokio::io::duplex(1 << 16);
        let server = NetRpcServer::new(plugins.clone(), Stdio::default());
        let host = async {
            let mut answers = Vec::new();
            let mut rest = &bytes[..];
            while !rest.is_empty() {
                let (now, later) = rest.split_at((1 + random.below(2000)).min(rest.len()));
                rest = later;
                if ours.write_all(now).await.is_err() {
                    break;
                }
                tokio::task::yield_now().await;
            }
            let _ = ours.shutdown().await;
            let _ = ours.read_to_end(&mut answers).await;
            answers
        };
        let both = async { tokio::join!(server.serve(theirs), host).1 };
        let answers = tokio::time::timeout(Duration::from_secs(60), both).await.expect("an end");
        if number == 0 {
            // Unchanged input gets responses.
            assert!(answers.len() > 200, "{answers:?}");
        }
    }
}
