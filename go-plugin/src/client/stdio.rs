//! What the plugin's own code prints, which go-plugin's stdio service brings to the host.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::io::{AsyncRead, AsyncReadExt};
use tonic::transport::Channel;

use crate::proto::plugin::grpc_stdio_client::GrpcStdioClient;
pub(super) use crate::proto::plugin::stdio_data::Channel as Origin;

/// What a plugin's code printed after the handshake, with `println!` for example.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stdio {
    /// What was written to stdout.
    pub stdout: Vec<u8>,
    /// What was written to stderr and came through go-plugin's stdio service or stream. What a plugin writes
    /// to the stderr of its process comes as [log records](super::Client::logs).
    pub stderr: Vec<u8>,
}

#[derive(Clone, Default)]
pub(super) struct Collector(Arc<Mutex<Stdio>>);

impl Collector {
    fn lock(&self) -> MutexGuard<'_, Stdio> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn get(&self) -> Stdio {
        self.lock().clone()
    }

    pub(super) fn take(&self) -> Stdio {
        std::mem::take(&mut self.lock())
    }

    /// Follows go-plugin's stdio service until the plugin ends. A plugin without it, made before
    /// 2020, prints to its process's stdout only (`grpc_stdio.go`, `newGRPCStdioClient`).
    pub(super) async fn follow_service(self, channel: Channel) {
        let Ok(answer) = GrpcStdioClient::new(channel).stream_stdio(()).await else { return };
        let mut stream = answer.into_inner();
        while let Ok(Some(data)) = stream.message().await {
            match data.channel() {
                Origin::Stdout => self.lock().stdout.extend_from_slice(&data.data),
                Origin::Stderr => self.lock().stderr.extend_from_slice(&data.data),
                Origin::Invalid => {}
            }
        }
    }

    /// Follows one of the two streams that net/rpc has for this.
    #[cfg(feature = "net-rpc")]
    pub(super) async fn follow(self, mut stream: impl AsyncRead + Unpin, origin: Origin) {
        let mut buffer = vec![0; 8 * 1024];
        while let Ok(n @ 1..) = stream.read(&mut buffer).await {
            let mut printed = self.lock();
            let to = if origin == Origin::Stderr { &mut printed.stderr } else { &mut printed.stdout };
            to.extend_from_slice(&buffer[..n]);
        }
    }

    /// Reads the process's stdout after the handshake line, so that nobody who prints is blocked.
    pub(super) async fn follow_stdout(self, mut stdout: impl AsyncRead + Unpin) {
        let mut buffer = vec![0; 8 * 1024];
        while let Ok(n @ 1..) = stdout.read(&mut buffer).await {
            self.lock().stdout.extend_from_slice(&buffer[..n]);
        }
    }
}
