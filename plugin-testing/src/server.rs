//! Serves the cluster over HTTP, for a plugin in its own process.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::cluster::FakeCluster;
use crate::error::{Error, Result};

/// A [`FakeCluster`] served over HTTP on localhost, with a kubeconfig. Stops when dropped.
#[derive(Debug)]
pub struct ServedCluster {
    kubeconfig: PathBuf,
    listening: JoinHandle<()>,
}

impl FakeCluster {
    /// Serves the cluster on a free local port, for a plugin in another process, which finds it by
    /// `KUBECONFIG`.
    ///
    /// ```
    /// use plugwright_testing::FakeCluster;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), plugwright_testing::Error> {
    /// let served = FakeCluster::new().serve().await?;
    /// let mut plugin = std::process::Command::new("my-plugin");
    /// plugin.env("KUBECONFIG", served.kubeconfig());
    /// # Ok(())
    /// # }
    /// ```
    pub async fn serve(&self) -> Result<ServedCluster> {
        let listening = |error| Error::of("listening on 127.0.0.1", error);
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.map_err(listening)?;
        let port = listener.local_addr().map_err(listening)?.port();
        let kubeconfig = new_path();
        std::fs::write(&kubeconfig, config(port))
            .map_err(|error| Error::of(format_args!("writing {}", kubeconfig.display()), error))?;
        let cluster = self.clone();
        let listening = tokio::spawn(async move {
            // The connections end with the listener: dropping the set aborts them.
            let mut connections = tokio::task::JoinSet::new();
            while let Ok((connection, _)) = listener.accept().await {
                let cluster = cluster.clone();
                connections.spawn(async move {
                    let service = service_fn(move |request| {
                        let cluster = cluster.clone();
                        async move { Ok::<_, std::convert::Infallible>(cluster.respond(request).await) }
                    });
                    let served = hyper::server::conn::http1::Builder::new();
                    // The client may close the connection at any time.
                    let _ = served.serve_connection(TokioIo::new(connection), service).await;
                });
            }
        });
        Ok(ServedCluster { kubeconfig, listening })
    }
}

impl ServedCluster {
    /// Returns the path for the variable `KUBECONFIG`.
    pub fn kubeconfig(&self) -> &Path {
        &self.kubeconfig
    }
}

impl Drop for ServedCluster {
    fn drop(&mut self) {
        self.listening.abort();
        // A leftover temporary file is harmless.
        let _ = std::fs::remove_file(&self.kubeconfig);
    }
}

fn new_path() -> PathBuf {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    std::env::temp_dir().join(format!("plugwright-kubeconfig-{}-{count}", std::process::id()))
}

fn config(port: u16) -> String {
    format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: fake\n\
         clusters:\n- name: fake\n  cluster:\n    server: http://127.0.0.1:{port}\n\
         contexts:\n- name: fake\n  context:\n    cluster: fake\n    user: fake\n\
         users:\n- name: fake\n  user: {{}}\n"
    )
}
