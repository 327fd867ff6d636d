//! The plugin of go-plugin's example `basic`, over net/rpc.

use std::process::ExitCode;

use go_plugin::Server;
use go_plugin::hclog::{self, Level};
use go_plugin::net_rpc::gob::{GobError, Nil};
use go_plugin::net_rpc::{Answer, Arguments, Plugins, Reply, Service};
use go_plugin_conformance::HANDSHAKE;

struct Greeter;

impl Service for Greeter {
    fn call(&self, method: &str, arguments: Arguments<'_>) -> Option<Result<Answer, GobError>> {
        (method == "Greet").then(|| {
            arguments.read::<Nil>().map(|_| -> Answer {
                Box::pin(async {
                    tracing::debug!("message from GreeterHello.Greet");
                    Ok(Reply::new("Hello!".to_owned()))
                })
            })
        })
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    hclog::init(Level::Trace)?;
    tracing::debug!(foo = "bar", "message from plugin");
    Ok(Server::new(HANDSHAKE).version(1, Plugins::new().add("greeter", Greeter)).run().await)
}
