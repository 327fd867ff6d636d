//! The streams of a host's connection, and what each of them is for.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::task::JoinSet;

use super::memory::Memory;
use super::own_services::{Control, Dispenser};
use super::rpc::{self, Service, Services};
use super::yamux::{Connection, Handle, Role, Stream};
use crate::go_plugin::controller::Controller;
use crate::go_plugin::proto::stdio_data::Channel;
use crate::go_plugin::protocol::Protocol;
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

impl Protocol for Server {
    const NAME: &'static str = "netrpc";

    fn controller(&self) -> &Controller {
        &self.controller
    }

    fn stdio(&self) -> &Stdio {
        &self.stdio
    }

    async fn serve<IO>(self, io: IO)
    where
        IO: AsyncRead + AsyncWrite + Unpin + Send + 'static,
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
