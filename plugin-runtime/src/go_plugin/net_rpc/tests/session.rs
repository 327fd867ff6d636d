use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::mutate::{Random, spoilt};
use super::{SESSION, Trying, numbers};
use crate::go_plugin::net_rpc::gob::GobError;
use crate::go_plugin::net_rpc::rpc::{Answer, Arguments, Reply, Service};
use crate::go_plugin::net_rpc::server::Server;
use crate::go_plugin::protocol::Protocol;
use crate::go_plugin::stdio::Stdio;
use crate::hosts::ephemeral_access::wire::{AccessArgs, AccessResponse, InitResponse};
use crate::types::{AccessRequest, Application};

/// Takes what an access requester takes, and answers on the spot.
struct Any;

impl Service for Any {
    fn call(&self, method: &str, arguments: Arguments<'_>) -> Option<Result<Answer, GobError>> {
        let reply = match method {
            "Init" => Ok(Reply::new(InitResponse::default())),
            "GrantAccess" | "RevokeAccess" => arguments.read::<AccessArgs>().map(|arguments| {
                drop((
                    arguments.request.map(AccessRequest::from),
                    arguments.application.map(Application::from),
                ));
                Reply::new(AccessResponse::default())
            }),
            _ => return None,
        };
        Some(reply.map(|reply| -> Answer { Box::pin(std::future::ready(Ok(reply))) }))
    }
}

/// What a go-plugin host sends through its socket, spoilt: the connection is served to its end.
#[tokio::test]
async fn a_connection_with_any_bytes_comes_to_its_end() {
    let plugins: [(&str, Arc<dyn Service>); 1] = [("ephemeralaccess", Arc::new(Any))];
    for number in numbers(4) {
        let _trying = Trying(number);
        let mut random = Random::of(number);
        let bytes = if number == 0 { SESSION.to_vec() } else { spoilt(&mut random, &[SESSION]) };
        let (mut ours, theirs) = tokio::io::duplex(1 << 16);
        let server = Server::new(plugins.clone(), Stdio::default());
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
            // As it was, it is answered.
            assert!(answers.len() > 200, "{answers:?}");
        }
    }
}
