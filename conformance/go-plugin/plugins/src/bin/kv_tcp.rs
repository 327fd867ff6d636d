//! The plugin of go-plugin's example `grpc` over TCP, as on systems without unix sockets.

use std::process::ExitCode;

use go_plugin::Server;
use go_plugin::grpc::Services;
use go_plugin_conformance::grpc_store::Store;
use go_plugin_conformance::{HANDSHAKE, kv};

#[tokio::main]
async fn main() -> ExitCode {
    let store = Store { written: "\n\nWritten from plugin-go-grpc", read: "" };
    let services = Services::new().add_service(store.service());
    Server::new(HANDSHAKE).version(1, services).descriptors(kv::DESCRIPTORS).tcp().run().await
}
