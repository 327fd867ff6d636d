//! The plugin of go-plugin's example `negotiated`, with version 2 over net/rpc and version 3 over gRPC.

use std::process::ExitCode;

use go_plugin::Server;
use go_plugin::grpc::Services;
use go_plugin::net_rpc::Plugins;
use go_plugin_conformance::{HANDSHAKE, grpc_store, net_rpc_store};

#[tokio::main]
async fn main() -> ExitCode {
    let old = net_rpc_store::Store {
        written: "\n\nWritten from plugin version 2\n",
        read: "Read by plugin version 2\n",
    };
    let new = grpc_store::Store {
        written: "\n\nWritten from plugin version 3\n",
        read: "Read by plugin version 3\n",
    };
    Server::new(HANDSHAKE)
        .version(2, Plugins::new().add("kv", old))
        .version(3, Services::new().add_service(new.service()))
        .run()
        .await
}
