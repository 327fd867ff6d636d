//! The plugin of go-plugin's example `grpc`, over net/rpc.

use std::process::ExitCode;

use go_plugin::Server;
use go_plugin::net_rpc::Plugins;
use go_plugin_conformance::HANDSHAKE;
use go_plugin_conformance::net_rpc_store::Store;

#[tokio::main]
async fn main() -> ExitCode {
    let store = Store { written: "\n\nWritten from plugin-go-netrpc", read: "" };
    Server::new(HANDSHAKE).version(1, Plugins::new().add("kv", store)).run().await
}
