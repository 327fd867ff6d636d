//! The streams of a host's connection, and what each of them is for.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::task::JoinSet;

use super::broker::MuxBroker;
use super::memory::Memory;
use super::own_services::{Control, Dispenser};
use super::rpc::{self, Service, Services};
use crate::process::{Controller, Protocol, Stdio};
use crate::proto::plugin::stdio_data::Channel;
use crate::yamux::{Connection, Handle, Role, Stream};

/// The plugins that a host may dispense over net/rpc, by their names.
#[derive(Clone, Default)]
pub struct Plugins {
    plugins: BTreeMap<&'static str, Plugin>,
}

/// Makes what is dispensed.
pub(super) type Plugin = Arc<dyn Fn(&MuxBroker) -> Arc<dyn Service> + Send + Sync>;

impl Plugins {
    /// No plugins yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a plugin under the name that the host's `PluginSet` has for it. A plugin that was added under the same name
    /// before is replaced.
    #[must_use]
    pub fn add(mut self, name: &'static str, plugin: impl Service) -> Self {
        let plugin: Arc<dyn Service> = Arc::new(plugin);
        self.plugins.insert(name, Arc::new(move |_| Arc::clone(&plugin)));
        self
    }

    /// [`add`](Self::add) for a plugin that calls the host, or offers it further streams. One is made whenever the host
    /// dispenses it, with the broker of that host's connection.
    #[must_use]
    pub fn add_with_broker<S: Service>(
        mut self,
        name: &'static str,
        plugin: impl Fn(&MuxBroker) -> S + Send + Sync + 'static,
    ) -> Self {
        self.plugins.insert(name, Arc::new(move |broker| Arc::new(plugin(broker))));
        self
    }
}

impl fmt::Debug for Plugins {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.plugins.keys()).finish()
    }
}

/// A connection that speaks net/rpc.
#[derive(Clone)]
pub(crate) struct NetRpcServer {
    plugins: Arc<BTreeMap<&'static str, Plugin>>,
    controller: Controller,
    stdio: Stdio,
}

impl NetRpcServer {
    pub(crate) fn new(plugins: Plugins, stdio: Stdio) -> Self {
        Self { plugins: Arc::new(plugins.plugins), controller: Controller::default(), stdio }
    }

    /// What they are for is in their order. Dropping this ends them all.
    async fn streams(self, handle: Handle) {
        let memory = Memory::new();
        let broker = MuxBroker::new(handle.clone(), memory.clone());
        let own = Services::default()
            .with("Control", Arc::new(Control { controller: self.controller }))
            .with("Dispenser", Arc::new(Dispenser::new(self.plugins, broker.clone())));
        let mut tasks = JoinSet::new();
        let Some(control) = handle.accept().await else { return };
        tasks.spawn(rpc::serve(control, own, memory));
        let (Some(stdout), Some(stderr)) = (handle.accept().await, handle.accept().await) else { return };
        tasks.spawn(print(self.stdio, stdout, stderr));
        broker.run().await;
    }
}

impl Protocol for NetRpcServer {
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
