//! The helper process of go-plugin's own tests (`plugin_test.go`, `TestHelperProcess`).

use std::io::{Read, Write};
use std::pin::Pin;
use std::process::ExitCode;
use std::time::Duration;

use go_plugin::grpc::{Broker, Services};
use go_plugin::hclog::{self, Level};
use go_plugin::net_rpc::gob::{Basic, GobError};
use go_plugin::net_rpc::{Answer, Arguments, Empty, Plugins, Reply, Service};
use go_plugin::{Handshake, Server};
use go_plugin_conformance::test::ping_pong_client::PingPongClient;
use go_plugin_conformance::test::ping_pong_server::{PingPong, PingPongServer};
use go_plugin_conformance::test::print_kv_request::Value;
use go_plugin_conformance::test::test_server::{Test, TestServer};
use go_plugin_conformance::test::{
    BidirectionalRequest, BidirectionalResponse, PanicRequest, PingRequest, PongResponse, PrintKvRequest,
    PrintKvResponse, PrintStdioRequest, TestRequest, TestResponse,
};
use tokio_stream::{Stream, StreamExt};
use tonic::{Request, Response, Status, Streaming};

const HANDSHAKE: Handshake = Handshake::new("TEST_MAGIC_COOKIE", "test");

/// The tests' plugin over gRPC.
struct OverGrpc {
    broker: Broker,
}

struct Pong;

#[tonic::async_trait]
impl PingPong for Pong {
    async fn ping(&self, _: Request<PingRequest>) -> Result<Response<PongResponse>, Status> {
        Ok(Response::new(PongResponse { msg: "pong".into() }))
    }
}

type Numbers = Pin<Box<dyn Stream<Item = Result<TestResponse, Status>> + Send>>;

fn failed(error: impl std::fmt::Display) -> Status {
    Status::unknown(error.to_string())
}

#[tonic::async_trait]
impl Test for OverGrpc {
    type StreamStream = Numbers;

    async fn double(&self, request: Request<TestRequest>) -> Result<Response<TestResponse>, Status> {
        Ok(Response::new(TestResponse { output: 2 * request.into_inner().input }))
    }

    async fn print_kv(&self, request: Request<PrintKvRequest>) -> Result<Response<PrintKvResponse>, Status> {
        let PrintKvRequest { key, value } = request.into_inner();
        match value {
            Some(Value::ValueString(value)) => print_kv(&key, &value),
            Some(Value::ValueInt(value)) => print_kv(&key, &value.to_string()),
            None => return Err(Status::invalid_argument("expected a value")),
        }
        Ok(Response::new(PrintKvResponse {}))
    }

    async fn bidirectional(
        &self,
        request: Request<BidirectionalRequest>,
    ) -> Result<Response<BidirectionalResponse>, Status> {
        let host = self.broker.dial(request.into_inner().id).await.map_err(failed)?;
        let pong = PingPongClient::new(host).ping(PingRequest {}).await?.into_inner();
        if pong.msg != "pong" {
            return Err(failed(format!("expected pong, found {}", pong.msg)));
        }
        let (broker, id) = (self.broker.clone(), self.broker.next_id());
        tokio::spawn(async move {
            broker.accept_and_serve(id, Services::new().add_service(PingPongServer::new(Pong))).await
        });
        Ok(Response::new(BidirectionalResponse { id }))
    }

    async fn stream(&self, request: Request<Streaming<TestRequest>>) -> Result<Response<Numbers>, Status> {
        let numbers = request.into_inner();
        let numbers = numbers.map(|number| number.map(|number| TestResponse { output: number.input }));
        Ok(Response::new(Box::pin(numbers)))
    }

    async fn print_stdio(&self, request: Request<PrintStdioRequest>) -> Result<Response<()>, Status> {
        let PrintStdioRequest { stdout, stderr } = request.into_inner();
        std::io::stdout().write_all(&stdout)?;
        std::io::stdout().flush()?;
        std::io::stderr().write_all(&stderr)?;
        Ok(Response::new(()))
    }

    async fn panic(&self, request: Request<PanicRequest>) -> Result<Response<()>, Status> {
        panic!("{}", request.into_inner().message)
    }
}

/// Writes the record directly, because `tracing` requires field names at compile time.
fn print_kv(key: &str, value: &str) {
    let mut record = hclog::Record::new(Level::Info, "PrintKV called");
    record.field(key, value);
    hclog::write(record);
}

/// The tests' plugin over net/rpc.
struct OverNetRpc;

impl Service for OverNetRpc {
    fn call(&self, method: &str, arguments: Arguments<'_>) -> Option<Result<Answer, GobError>> {
        let reply = match method {
            "Double" => arguments.read::<i64>().map(|number| Reply::new(2 * number)),
            "PrintKV" => arguments.read::<std::collections::BTreeMap<String, Basic>>().map(|arguments| {
                let text = |name| match arguments.get(name) {
                    Some(Basic::String(text)) => text.clone(),
                    Some(Basic::Int(number)) => number.to_string(),
                    other => format!("{other:?}"),
                };
                print_kv(&text("key"), &text("value"));
                Reply::new(Empty {})
            }),
            _ => return None,
        };
        Some(reply.map(|reply| -> Answer { Box::pin(std::future::ready(Ok(reply))) }))
    }
}

fn over_grpc(broker: Broker) -> Services {
    Services::new().add_service(TestServer::new(OverGrpc { broker }))
}

fn over_net_rpc(name: &'static str) -> Plugins {
    Plugins::new().add(name, OverNetRpc)
}

fn for_ever() -> ! {
    loop {
        std::thread::sleep(Duration::from_secs(3600));
    }
}

/// Prints a handshake line, without a listener.
fn line(rest: &str) {
    println!("1|1|tcp|:1234{rest}");
}

fn exit_if(good: bool) -> ExitCode {
    if good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let mut args = std::env::args().skip_while(|arg| arg != "--").skip(1);
    let (command, path) = (args.next().unwrap_or_default(), args.next());
    hclog::init(Level::Trace)?;
    let server = Server::new(HANDSHAKE);
    let server = match command.as_str() {
        "bad-version" => {
            if let Some(path) = path {
                std::fs::write(path, "foo")?;
            }
            println!("1|11|tcp|:1234");
            for_ever()
        }
        "invalid-rpc-address" => {
            println!("lolinvalid");
            return Ok(ExitCode::SUCCESS);
        }
        "mock" => {
            line("");
            for_ever()
        }
        "start-timeout" => for_ever(),
        "stderr" => {
            line("");
            eprintln!("HELLO\nWORLD");
            return Ok(ExitCode::SUCCESS);
        }
        "stderr-json" => {
            line("");
            eprintln!("[\"HELLO\"]\n12345\n{{\"a\":1}}");
            return Ok(ExitCode::SUCCESS);
        }
        "level-warn-text" => {
            line("");
            eprintln!("[WARN] test line 98765");
            return Ok(ExitCode::SUCCESS);
        }
        "stdin" => {
            line("");
            let mut data = [0; 5];
            std::io::stdin().read_exact(&mut data)?;
            return Ok(exit_if(&data == b"hello"));
        }
        "test-skip-host-env-true" | "test-skip-host-env-false" => {
            line("");
            let is_set = std::env::var_os("PLUGIN_TEST_SKIP_HOST_ENV").is_some_and(|value| !value.is_empty());
            return Ok(exit_if(is_set == command.ends_with("false")));
        }
        "mux-grpc-with-old-plugin" => {
            line("|grpc|");
            for_ever()
        }
        "mux-grpc-with-unsupported-plugin" => {
            line("|grpc||false");
            for_ever()
        }
        "test-grpc" | "test-interface-logger-grpc" => server.version_with_broker(1, over_grpc),
        "cleanup" | "test-interface" | "test-interface-logger-netrpc" | "test-interface-daemon" => {
            server.version(1, over_net_rpc("test"))
        }
        "test-interface-mtls" => server.version(0, over_net_rpc("test")),
        "test-versioned-plugins" | "test-proto-upgraded-client" | "test-mtls" => {
            server.version_with_broker(2, over_grpc)
        }
        "test-proto-upgraded-plugin" => {
            server.version(1, over_net_rpc("old")).version_with_broker(2, over_grpc)
        }
        other => {
            eprintln!("Unknown command: {other:?}");
            return Ok(ExitCode::from(2));
        }
    };
    let code = server.run().await;
    if let Some(path) = path.filter(|_| command == "cleanup") {
        std::fs::write(path, "foo")?;
    }
    Ok(code)
}
