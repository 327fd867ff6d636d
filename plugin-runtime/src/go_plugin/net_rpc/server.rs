//! Accepts the host's connection and serves it until it asks for the end or is gone.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::task::JoinSet;

use super::memory::Memory;
use super::own_services::{Control, Dispenser};
use super::rpc::{self, Service, Services};
use super::yamux::{Connection, Handle, Role, Stream};
use crate::go_plugin::controller::Controller;
use crate::go_plugin::listener::{Listener, Stream as Socket};
use crate::go_plugin::proto::stdio_data::Channel;
use crate::go_plugin::server::{DRAIN, LINGER, Security};
use crate::go_plugin::stdio::Stdio;

/// The plugins of a host that speaks net/rpc, by the names that it asks for.
#[derive(Clone)]
pub(crate) struct Server {
    plugins: Arc<BTreeMap<&'static str, Arc<dyn Service>>>,
    controller: Controller,
    stdio: Stdio,
}

impl Server {
    pub(crate) fn new(
        plugins: impl IntoIterator<Item = (&'static str, Arc<dyn Service>)>,
        stdio: Stdio,
    ) -> Self {
        Self { plugins: Arc::new(plugins.into_iter().collect()), controller: Controller::default(), stdio }
    }

    /// Serves until the host asks for the end or has closed its only connection, or the future is dropped.
    pub(crate) async fn run(self, listener: Listener, security: Security) {
        let mut connections = JoinSet::new();
        let mut was_connected = false;
        loop {
            tokio::select! {
                () = self.controller.shutdown_asked() => break,
                () = tokio::time::sleep(LINGER), if was_connected && connections.is_empty() => {
                    tracing::debug!("the host has closed its connection");
                    break;
                }
                accepted = listener.accept() => match accepted {
                    Ok(socket) => {
                        connections.spawn(self.clone().connection(socket, security.clone()));
                    }
                    Err(error) => {
                        // Out of file descriptors, perhaps; the next one may do.
                        tracing::warn!(error = &error as &dyn std::error::Error, "cannot accept a connection");
                        tokio::time::sleep(Duration::from_millis(50)).await;
                    }
                },
                Some(ended) = connections.join_next() => was_connected |= ended.unwrap_or(true),
            }
        }
        drop(listener);
        self.stdio.finish().await;
        let drained = async { while connections.join_next().await.is_some() {} };
        // Calls that are still busy are no reason to stay.
        let _ = tokio::time::timeout(DRAIN, drained).await;
    }

    /// Whether it was the host's.
    async fn connection(self, socket: Socket, security: Security) -> bool {
        match security {
            Security::Plain => self.serve(socket).await,
            #[cfg(feature = "auto-mtls")]
            Security::Tls(acceptor) => match acceptor.accept(socket).await {
                Ok(socket) => self.serve(socket).await,
                Err(error) => {
                    tracing::error!(
                        error = &error as &dyn std::error::Error,
                        "a host without the right certificate"
                    );
                    return false;
                }
            },
        }
        true
    }

    /// Serves one connection until the host closes it.
    pub(crate) async fn serve<IO>(self, io: IO)
    where
        IO: AsyncRead + AsyncWrite + Send,
    {
        let connection = Connection::new(io, Role::Server);
        let handle = connection.handle();
        tokio::select! {
            ended = connection.run() => if let Err(error) = ended {
                tracing::debug!(error = &error as &dyn std::error::Error, "the host's connection ended");
            },
            () = self.streams(handle) => {}
        }
    }

    /// What they are for is in their order. Dropping this ends them all.
    async fn streams(self, handle: Handle) {
        let memory = Memory::new();
        let dispenser = Dispenser::new(self.plugins);
        let own = Services::default()
            .with("Control", Arc::new(Control { controller: self.controller }))
            .with("Dispenser", Arc::new(dispenser.clone()));
        let mut tasks = JoinSet::new();
        let Some(control) = handle.accept().await else { return };
        tasks.spawn(rpc::serve(control, own, memory.clone()));
        let (Some(stdout), Some(stderr)) = (handle.accept().await, handle.accept().await) else { return };
        tasks.spawn(print(self.stdio, stdout, stderr));
        while let Some(stream) = handle.accept().await {
            // Done ones leave room.
            while tasks.try_join_next().is_some() {}
            tasks.spawn(brokered(stream, dispenser.clone(), memory.clone()));
        }
    }
}

/// Sends what the plugin prints.
async fn print(stdio: Stdio, mut stdout: Stream, mut stderr: Stream) {
    while let Some(printed) = stdio.next().await {
        let stream = if printed.channel() == Channel::Stdout { &mut stdout } else { &mut stderr };
        if stream.write_all(&printed.data).await.is_err() {
            return;
        }
    }
}

/// A stream that begins with the number of what was dispensed, which goes back first (go-plugin's `mux_broker.go`).
async fn brokered(mut stream: Stream, dispenser: Dispenser, memory: Memory) {
    let Ok(number) = stream.read_u32_le().await else { return };
    let Some(services) = dispenser.take(number) else {
        tracing::debug!(
            "the host asks for the plugin number {number}, which was not dispensed or is not waited for"
        );
        return;
    };
    if stream.write_u32_le(number).await.is_ok() {
        rpc::serve(stream, services, memory).await;
    }
}
