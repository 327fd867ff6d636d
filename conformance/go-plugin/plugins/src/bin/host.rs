//! A host with this crate's client. It starts a plugin, makes the calls in its arguments, and prints the responses.
//!
//! ```console
//! go-plugin-host --auto-mtls ./kv put hello world -- get hello
//! ```

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result, bail, ensure};
use clap::{Parser, ValueEnum};
use go_plugin::client::Client;
use go_plugin::grpc::Services;
use go_plugin::net_rpc::gob::{Basic, Nil};
use go_plugin::net_rpc::{Caller, Empty};
use go_plugin::{Handshake, ProtocolType};
use go_plugin_conformance::counter::add_helper_server::{AddHelper, AddHelperServer};
use go_plugin_conformance::counter::counter_client::CounterClient;
use go_plugin_conformance::counter::{self, SumRequest, SumResponse};
use go_plugin_conformance::kv::kv_client::KvClient;
use go_plugin_conformance::kv::{GetRequest, PutRequest};
use go_plugin_conformance::streamer::streamer_service_client::StreamerServiceClient;
use go_plugin_conformance::streamer::{configure, read, write};
use go_plugin_conformance::test::ping_pong_client::PingPongClient;
use go_plugin_conformance::test::ping_pong_server::{PingPong, PingPongServer};
use go_plugin_conformance::test::test_client::TestClient;
use go_plugin_conformance::test::{
    BidirectionalRequest, PingRequest, PongResponse, PrintStdioRequest, TestRequest,
};
use tonic::transport::Channel;
use tonic::{Request, Response, Status};

#[derive(Parser)]
struct Args {
    /// Connect with AutoMTLS.
    #[arg(long)]
    auto_mtls: bool,
    /// Multiplex brokered connections.
    #[arg(long)]
    multiplex: bool,
    /// Make the calls from a second client, which reattaches.
    #[arg(long)]
    reattach: bool,
    /// The magic cookie's variable and value.
    #[arg(long, num_args = 2, default_values = ["BASIC_PLUGIN", "hello"])]
    cookie: Vec<String>,
    /// The supported protocol versions.
    #[arg(long, default_value = "1")]
    version: Vec<u32>,
    /// The supported protocols; defaults to all.
    #[arg(long)]
    protocol: Vec<Protocol>,
    /// The expected SHA-256 of the plugin.
    #[arg(long)]
    sha256: Option<String>,
    /// Arguments of the plugin.
    #[arg(long, allow_hyphen_values = true)]
    arg: Vec<String>,
    /// The executable.
    plugin: PathBuf,
    /// Calls, separated by `--`.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    calls: Vec<String>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Protocol {
    Grpc,
    Netrpc,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Args::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(args: Args) -> Result<()> {
    let [key, value] = &args.cookie[..] else { bail!("expected the variable and the value of a cookie") };
    // A handshake requires a static cookie, so the argument is leaked.
    let handshake = Handshake::new(key.clone().leak(), value.clone().leak());
    let mut builder = Client::builder(&args.plugin, handshake).args(&args.arg);
    builder = args.version.iter().fold(builder, |builder, version| builder.version(*version));
    for protocol in &args.protocol {
        builder = builder.protocol(match protocol {
            Protocol::Grpc => ProtocolType::Grpc,
            Protocol::Netrpc => ProtocolType::NetRpc,
        });
    }
    if args.auto_mtls {
        builder = builder.auto_mtls();
    }
    if args.multiplex {
        builder = builder.multiplex();
    }
    if let Some(sum) = &args.sha256 {
        builder = builder.sha256(bytes(sum)?);
    }
    let started = builder.start().await?;
    let reattached = if args.reattach {
        let config = started.reattach_config().context("the plugin has exited")?;
        Some(Client::reattach(config).await?)
    } else {
        None
    };
    let client = reattached.as_ref().unwrap_or(&started);
    for call in args.calls.split(|word| word == "--") {
        if let Err(error) = make(client, call).await {
            println!("error: {error:#}");
        }
    }
    let stdio = client.stdio();
    for (name, text) in [("stdout", stdio.stdout), ("stderr", stdio.stderr)] {
        if !text.is_empty() {
            println!("{name}: {}", String::from_utf8_lossy(&text).escape_debug());
        }
    }
    let asked = client.shutdown().await?;
    // Only the client that started the process receives the exit status.
    let status = if args.reattach { started.shutdown().await? } else { asked };
    println!("ended: {status}");
    Ok(())
}

fn bytes(sum: &str) -> Result<[u8; 32]> {
    ensure!(sum.len() == 64, "expected 64 hexadecimal digits, found {}", sum.len());
    let mut bytes = [0; 32];
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&sum[2 * at..2 * at + 2], 16)?;
    }
    Ok(bytes)
}

async fn make(client: &Client, call: &[String]) -> Result<()> {
    let words: Vec<_> = call.iter().map(String::as_str).collect();
    match (client.handshake().protocol, &words[..]) {
        (_, []) => {}
        (_, ["ping"]) => {
            client.ping().await?;
            println!("healthy");
        }
        (_, ["version"]) => {
            println!("{} over {}", client.handshake().version, client.handshake().protocol);
        }
        (_, ["log", text]) => {
            let limit = std::time::Duration::from_secs(10);
            let record = client.wait_for_log(limit, |record| record.message.contains(text)).await;
            println!("{:?}", record.with_context(|| format!("expected a record with {text}"))?);
        }
        (ProtocolType::Grpc, call) => {
            over_grpc(client, client.channel().context("no channel")?, call).await?;
        }
        (ProtocolType::NetRpc, [name, call @ ..]) => {
            let plugin = client.net_rpc().context("no net/rpc")?.dispense(name).await?;
            over_net_rpc(plugin, call).await?;
        }
    }
    Ok(())
}

async fn over_grpc(client: &Client, channel: Channel, call: &[&str]) -> Result<()> {
    let kv = || KvClient::new(channel.clone()).max_decoding_message_size(usize::MAX);
    match call {
        ["get", key] => {
            let value = kv().get(GetRequest { key: (*key).to_owned() }).await?.into_inner().value;
            println!("{}", String::from_utf8_lossy(&value));
        }
        ["put", key, value] => {
            kv().put(PutRequest { key: (*key).to_owned(), value: value.as_bytes().to_vec() }).await?;
        }
        ["sizes", key] => {
            for size in [0, 1, 1 << 20, 3 << 20] {
                kv().put(PutRequest { key: (*key).to_owned(), value: vec![7; size] }).await?;
                let value = kv().get(GetRequest { key: (*key).to_owned() }).await?.into_inner().value;
                ensure!(value.starts_with(&vec![7; size]), "expected {size} equal bytes");
                println!("{size}");
            }
        }
        ["count", key, numbers @ ..] => {
            let mut counter = CounterClient::new(channel.clone());
            for number in numbers {
                count(client, &mut counter, key, number.parse()?).await?;
                let get = counter::GetRequest { key: (*key).to_owned() };
                println!("{}", counter.get(get).await?.into_inner().value);
            }
        }
        ["nobody", id] => {
            let put = counter::PutRequest { add_server: id.parse()?, key: "nobody".into(), value: 1 };
            CounterClient::new(channel.clone()).put(put).await?;
        }
        ["stream", path, text, chunk] => {
            println!("{}", stream(channel, path, text, chunk.parse()?).await?);
        }
        ["double", number] => {
            let request = TestRequest { input: number.parse()? };
            println!("{}", TestClient::new(channel).double(request).await?.into_inner().output);
        }
        ["bidirectional"] => bidirectional(client, channel).await?,
        ["print", stdout, stderr] => {
            let (stdout, stderr) = (stdout.as_bytes().to_vec(), stderr.as_bytes().to_vec());
            TestClient::new(channel).print_stdio(PrintStdioRequest { stdout, stderr }).await?;
            while client.stdio().stdout.is_empty() || client.stdio().stderr.is_empty() {
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
        }
        other => bail!("unknown call {other:?}"),
    }
    Ok(())
}

struct Helper;

#[tonic::async_trait]
impl AddHelper for Helper {
    async fn sum(&self, request: Request<SumRequest>) -> Result<Response<SumResponse>, Status> {
        let SumRequest { a, b } = request.into_inner();
        Ok(Response::new(SumResponse { r: a + b }))
    }
}

/// Serves a brokered service, which the plugin calls.
async fn count(client: &Client, counter: &mut CounterClient<Channel>, key: &str, value: i64) -> Result<()> {
    let broker = client.broker().context("no broker")?;
    let add_server = broker.next_id();
    let services = Services::new().add_service(AddHelperServer::new(Helper));
    let serving = tokio::spawn(async move { broker.accept_and_serve(add_server, services).await });
    let put = counter.put(counter::PutRequest { add_server, key: key.to_owned(), value }).await;
    serving.abort();
    put?;
    Ok(())
}

struct Pong;

#[tonic::async_trait]
impl PingPong for Pong {
    async fn ping(&self, _: Request<PingRequest>) -> Result<Response<PongResponse>, Status> {
        Ok(Response::new(PongResponse { msg: "pong".into() }))
    }
}

/// Both sides call a brokered server of the other side.
async fn bidirectional(client: &Client, channel: Channel) -> Result<()> {
    let broker = client.broker().context("no broker")?;
    let id = broker.next_id();
    let accepting = broker.clone();
    let serving = tokio::spawn(async move {
        accepting.accept_and_serve(id, Services::new().add_service(PingPongServer::new(Pong))).await
    });
    let answer = TestClient::new(channel).bidirectional(BidirectionalRequest { id }).await?.into_inner();
    serving.abort();
    let mut plugin = PingPongClient::new(broker.dial(answer.id).await?);
    println!("{}", plugin.ping(PingRequest {}).await?.into_inner().msg);
    Ok(())
}

async fn stream(channel: Channel, path: &str, text: &str, chunk_size: i64) -> Result<String> {
    let mut streamer = StreamerServiceClient::new(channel);
    streamer.configure(configure::Request { path: path.to_owned(), chunk_size }).await?;
    let size = usize::try_from(chunk_size)?;
    let chunks: Vec<_> = text
        .as_bytes()
        .chunks(size)
        .map(|chunk| write::RequestChunk { bytes_to_write: chunk.to_vec() })
        .collect();
    // The example's Go plugin ends the call without a response. Go's client also ignores this.
    match streamer.write(tokio_stream::iter(chunks)).await {
        Err(status) if status.message() != "Missing response message." => return Err(status.into()),
        _ => {}
    }
    let mut chunks = streamer.read(read::Request {}).await?.into_inner();
    let mut data = Vec::new();
    while let Some(chunk) = chunks.message().await? {
        data.extend(chunk.read_bytes);
    }
    Ok(String::from_utf8(data)?)
}

async fn over_net_rpc(plugin: Caller, call: &[&str]) -> Result<()> {
    match call {
        ["greet"] => println!("{}", plugin.call::<_, String>("Plugin.Greet", &Nil).await?),
        ["get", key] => {
            let value: Vec<u8> = plugin.call("Plugin.Get", &(*key).to_owned()).await?;
            println!("{}", String::from_utf8_lossy(&value));
        }
        ["put", key, value] => {
            let arguments = std::collections::BTreeMap::from([
                ("key".to_owned(), Basic::String((*key).to_owned())),
                ("value".to_owned(), Basic::Bytes(value.as_bytes().to_vec())),
            ]);
            plugin.call::<_, Nil>("Plugin.Put", &arguments).await?;
        }
        ["double", number] => {
            println!("{}", plugin.call::<_, i64>("Plugin.Double", &number.parse::<i64>()?).await?);
        }
        ["print", key, number] => {
            let arguments = std::collections::BTreeMap::from([
                ("key".to_owned(), Basic::String((*key).to_owned())),
                ("value".to_owned(), Basic::Int(number.parse()?)),
            ]);
            plugin.call::<_, Empty>("Plugin.PrintKV", &arguments).await?;
        }
        other => bail!("unknown call {other:?}"),
    }
    Ok(())
}
