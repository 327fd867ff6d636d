//! The plugin's output, received through go-plugin's stdio service.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::io::{AsyncRead, AsyncReadExt};
use tonic::transport::Channel;

use crate::grpc::checked::Checked;
use crate::proto::plugin::grpc_stdio_client::GrpcStdioClient;
pub(super) use crate::proto::plugin::stdio_data::Channel as Origin;

/// The output of a plugin after the handshake, for example from `println!`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stdio {
    /// The output to stdout.
    pub stdout: Vec<u8>,
    /// The output to stderr received through go-plugin's stdio service or stream. Output to the process's
    /// stderr is available as [log records](super::Client::logs).
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

    /// Reads go-plugin's stdio service until the plugin exits. A plugin without it, from before 2020, prints
    /// only to its process's stdout (`grpc_stdio.go`, `newGRPCStdioClient`).
    pub(super) async fn follow_service(self, channel: Channel) {
        let Ok(answer) = GrpcStdioClient::new(Checked::new(channel)).stream_stdio(()).await else { return };
        let mut stream = answer.into_inner();
        while let Ok(Some(data)) = stream.message().await {
            match data.channel() {
                Origin::Stdout => self.lock().stdout.extend_from_slice(&data.data),
                Origin::Stderr => self.lock().stderr.extend_from_slice(&data.data),
                Origin::Invalid => {}
            }
        }
    }

    /// Reads one of net/rpc's two output streams.
    #[cfg(feature = "net-rpc")]
    pub(super) async fn follow(self, mut stream: impl AsyncRead + Unpin, origin: Origin) {
        let mut buffer = vec![0; 8 * 1024];
        while let Ok(n @ 1..) = stream.read(&mut buffer).await {
            let mut printed = self.lock();
            let to = if origin == Origin::Stderr { &mut printed.stderr } else { &mut printed.stdout };
            to.extend_from_slice(&buffer[..n]);
        }
    }

    /// Drains the process's stdout after the handshake line, so that writers do not block.
    pub(super) async fn follow_stdout(self, mut stdout: impl AsyncRead + Unpin) {
        let mut buffer = vec![0; 8 * 1024];
        while let Ok(n @ 1..) = stdout.read(&mut buffer).await {
            self.lock().stdout.extend_from_slice(&buffer[..n]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grpc::channel::lazy_channel_over;
    use crate::grpc::{GrpcServer, Services};
    use crate::process::Protocol;

    #[tokio::test]
    async fn output_of_the_service_is_collected_until_its_end() {
        let server = GrpcServer::plain(Services::new(), None);
        let printed = server.stdio();
        for (origin, data) in
            [(Origin::Stdout, "a"), (Origin::Stderr, "b"), (Origin::Invalid, "c"), (Origin::Stdout, "d")]
        {
            printed.push(origin, data.as_bytes());
        }
        printed.end();
        let channel = lazy_channel_over(move || {
            let (near, far) = tokio::io::duplex(64 << 10);
            tokio::spawn(server.clone().serve(far));
            std::future::ready(Ok(near))
        });
        let collector = Collector::default();
        collector.clone().follow_service(channel).await;
        assert_eq!(collector.get(), Stdio { stdout: b"ad".to_vec(), stderr: b"b".to_vec() });
    }

    #[tokio::test]
    async fn output_is_collected_by_its_origin() {
        let collector = Collector::default();
        collector.clone().follow_stdout(&b"out "[..]).await;
        #[cfg(feature = "net-rpc")]
        {
            collector.clone().follow(&b"more"[..], Origin::Stdout).await;
            collector.clone().follow(&b"err"[..], Origin::Stderr).await;
            let expected = Stdio { stdout: b"out more".to_vec(), stderr: b"err".to_vec() };
            assert_eq!(collector.get(), expected);
        }
        assert!(collector.take().stdout.starts_with(b"out "));
        assert_eq!(collector.get(), Stdio::default());
    }
}
