//! The plugin of go-plugin's example `bidirectional`, which calls a server of the host.

use std::process::ExitCode;

use go_plugin::Server;
use go_plugin::grpc::{Broker, Services};
use go_plugin_conformance::counter::add_helper_client::AddHelperClient;
use go_plugin_conformance::counter::counter_server::{Counter, CounterServer};
use go_plugin_conformance::counter::{Empty, GetRequest, GetResponse, PutRequest, SumRequest};
use go_plugin_conformance::{HANDSHAKE, files};
use tonic::{Request, Response, Status};

struct Plugin {
    broker: Broker,
}

fn value(key: &str) -> Result<i64, String> {
    let text = files::get(key)?;
    let text: serde_json::Value = serde_json::from_slice(&text).map_err(|error| error.to_string())?;
    text["Value"].as_i64().ok_or_else(|| format!("expected a number, found {text}"))
}

#[tonic::async_trait]
impl Counter for Plugin {
    async fn get(&self, request: Request<GetRequest>) -> Result<Response<GetResponse>, Status> {
        let value = value(&request.into_inner().key).map_err(Status::unknown)?;
        Ok(Response::new(GetResponse { value }))
    }

    async fn put(&self, request: Request<PutRequest>) -> Result<Response<Empty>, Status> {
        let PutRequest { add_server, key, value: b } = request.into_inner();
        let host = self.broker.dial(add_server).await;
        let host = host.map_err(|error| Status::unavailable(error.to_string()))?;
        let a = value(&key).unwrap_or_default();
        let sum = AddHelperClient::new(host).sum(SumRequest { a, b }).await?.into_inner().r;
        let text = serde_json::json!({ "Value": sum }).to_string();
        files::put(&key, text.as_bytes(), "").map_err(Status::unknown)?;
        Ok(Response::new(Empty {}))
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let services = |broker| Services::new().add_service(CounterServer::new(Plugin { broker }));
    Server::new(HANDSHAKE).version_with_broker(1, services).run().await
}
