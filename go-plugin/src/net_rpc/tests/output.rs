//! Tests the streams with the plugin's output.

use tokio::io::AsyncReadExt;

use crate::future::now;
use crate::net_rpc::client::RpcClient;
use crate::net_rpc::{NetRpcServer, Plugins};
use crate::process::{Protocol, Stdio};
use crate::proto::plugin::stdio_data::Channel;

#[tokio::test]
async fn stdout_and_stderr_have_their_own_streams() {
    let (ours, theirs) = tokio::io::duplex(1 << 16);
    let stdio = Stdio::default();
    let server = NetRpcServer::new(Plugins::new(), stdio.clone());
    tokio::spawn(server.clone().serve(theirs));
    for (channel, text) in [(Channel::Stdout, "out"), (Channel::Stderr, "err"), (Channel::Stdout, "put")] {
        stdio.push(channel, text.as_bytes());
    }
    stdio.end();
    let (_client, mut stdout, mut stderr) = RpcClient::start(ours).unwrap();
    let (mut out, mut err) = (String::new(), String::new());
    stdout.read_to_string(&mut out).await.unwrap();
    stderr.read_to_string(&mut err).await.unwrap();
    assert_eq!((&out[..], &err[..]), ("output", "err"));
    assert_eq!(now(server.stdio().next()), Some(None));
}
