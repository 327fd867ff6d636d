//! The plugin, and its host.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use bytes::Bytes;
use go_plugin::client::{Client, ClientBuilder};
use go_plugin::grpc::{Broker, Methods, Services};
use go_plugin::{Address, Handshake, Server};
use h2::client::SendRequest;
use http::uri::PathAndQuery;
use prost::Message;
use tokio::net::UnixStream;
use tonic::{Request, Response, Status};

use crate::Result;

pub(crate) const HANDSHAKE: Handshake = Handshake::new("PROCESS_TESTS", "plugin");
/// Set for a plugin without threads besides those of this crate.
pub(crate) const ONE_THREAD: (&str, &str) = ("ONE_THREAD", "true");
/// A socket: this program connects to it, prints the error if it fails, and exits.
pub(crate) const CONNECT_TO: &str = "CONNECT_TO";

const MEMORY: u64 = 64 << 20;
const MESSAGE: usize = 1 << 20;

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Text {
    #[prost(bytes = "bytes", tag = "1")]
    pub(crate) text: Bytes,
}

fn services(_: Broker) -> Services {
    let echo = async |request: Request<Text>| Ok::<_, Status>(Response::new(request.into_inner()));
    let large = async |_: Request<Text>| {
        let messages = (0..64).map(|_| Ok::<_, Status>(Text { text: vec![7; MESSAGE].into() }));
        Ok::<_, Status>(Response::new(tokio_stream::iter(messages)))
    };
    let fail = async |request: Request<Text>| {
        let text = String::from_utf8(request.into_inner().text.into()).unwrap_or_default();
        // Some hosts read the text from the details.
        Err::<Response<Text>, _>(Status::with_details(tonic::Code::Unknown, text.clone(), text.into()))
    };
    let methods =
        Methods::new("test.Echo").unary("Echo", echo).server_streaming("Large", large).unary("Fail", fail);
    Services::new().add_methods(methods)
}

/// Runs the plugin, if this program was started for that.
pub(crate) fn main() -> Option<ExitCode> {
    if let Some(socket) = std::env::var_os(CONNECT_TO) {
        let connected = std::os::unix::net::UnixStream::connect(socket);
        return Some(match connected {
            Ok(_) => ExitCode::SUCCESS,
            Err(error) => {
                println!("{error}");
                ExitCode::FAILURE
            }
        });
    }
    std::env::var_os(HANDSHAKE.cookie_key())?;
    let mut runtime = match std::env::var_os(ONE_THREAD.0) {
        Some(_) => tokio::runtime::Builder::new_current_thread(),
        None => tokio::runtime::Builder::new_multi_thread(),
    };
    Some(match runtime.enable_all().build() {
        Ok(runtime) => runtime.block_on(Server::new(HANDSHAKE).version_with_broker(1, services).run()),
        Err(error) => {
            eprintln!("no runtime: {error}");
            ExitCode::FAILURE
        }
    })
}

/// The plugin, started by a shell after these commands.
pub(crate) fn after(commands: &str) -> Result<ClientBuilder> {
    let script = format!("{commands}; exec \"$0\"");
    Ok(Client::builder("/bin/sh", HANDSHAKE).args(["-c", &script]).arg(std::env::current_exe()?))
}

pub(crate) struct Plugin {
    pub(crate) client: Client,
    pub(crate) socket: PathBuf,
}

impl Plugin {
    pub(crate) async fn start() -> Result<Self> {
        Self::of(Client::builder(std::env::current_exe()?, HANDSHAKE).start().await?)
    }

    pub(crate) fn of(client: Client) -> Result<Self> {
        let Address::Unix(socket) = client.handshake().address.clone() else {
            return Err("expected a unix socket".into());
        };
        Ok(Self { client, socket })
    }

    pub(crate) async fn connect(&self) -> Result<UnixStream> {
        Ok(UnixStream::connect(&self.socket).await?)
    }

    pub(crate) async fn http2(&self) -> Result<SendRequest<Bytes>> {
        let (sender, connection) = h2::client::handshake(self.connect().await?).await?;
        tokio::spawn(connection);
        Ok(sender)
    }

    pub(crate) async fn unary(
        &self,
        path: &'static str,
        text: impl Into<Bytes>,
    ) -> Result<std::result::Result<Bytes, Status>> {
        let mut grpc = tonic::client::Grpc::new(self.client.channel().ok_or("no channel")?);
        grpc.ready().await?;
        let codec = tonic_prost::ProstCodec::<Text, Text>::default();
        let request = Request::new(Text { text: text.into() });
        let answer = grpc.unary(request, PathAndQuery::from_static(path), codec).await;
        Ok(answer.map(|answer| answer.into_inner().text))
    }

    pub(crate) async fn call(&self, text: &str) -> Result<String> {
        let answer = self.unary("/test.Echo/Echo", text.to_owned()).await??;
        Ok(String::from_utf8(answer.into())?)
    }

    /// The peak memory so far.
    async fn memory(&self) -> Result<u64> {
        let id = self.client.id().ok_or("the plugin has ended")?;
        let status = tokio::fs::read_to_string(format!("/proc/{id}/status")).await?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no VmHWM")?;
        Ok(line.trim().trim_end_matches(" kB").parse::<u64>()? << 10)
    }

    /// Checks that the process runs, responds, and stayed small; then shuts it down. It removes its socket.
    pub(crate) async fn ends_well(self) -> Result {
        let memory = self.memory().await?;
        if memory > MEMORY {
            return Err(format!("expected at most {MEMORY} bytes of memory, found {memory}").into());
        }
        self.ends().await
    }

    /// Like [`ends_well`](Self::ends_well), with any amount of memory.
    pub(crate) async fn ends(self) -> Result {
        let answer = self.call("well").await?;
        if answer != "well" {
            return Err(format!("expected the answer `well`, found `{answer}`").into());
        }
        let status = self.client.shutdown().await?;
        if !status.success() {
            return Err(format!("the plugin ended with {status}").into());
        }
        is_gone(&self.socket)
    }
}

pub(crate) fn is_gone(socket: &Path) -> Result {
    if socket.exists() { Err(format!("{} is still there", socket.display()).into()) } else { Ok(()) }
}

/// A folder for one test, removed with it.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Result<Self> {
        let path = std::env::temp_dir().join(format!("go-plugin-process-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path)?;
        Ok(Self(path))
    }

    /// The plugins' sockets in it.
    pub(crate) fn sockets(&self) -> Result<usize> {
        let mut names = std::fs::read_dir(&self.0)?.map(|entry| Ok::<_, std::io::Error>(entry?.file_name()));
        names
            .try_fold(0, |count, name| Ok(count + usize::from(name?.to_string_lossy().starts_with("plugin"))))
    }

    pub(crate) fn path(&self) -> &str {
        self.0.to_str().unwrap_or_default()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
