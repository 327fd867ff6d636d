//! The streams of a host's connection and their purposes.

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

/// The plugins that a host may dispense over net/rpc, by name.
#[derive(Clone, Default)]
pub struct Plugins {
    plugins: BTreeMap<&'static str, Plugin>,
}

/// Creates a dispensed plugin.
pub(super) type Plugin = Arc<dyn Fn(&MuxBroker) -> Arc<dyn Service> + Send + Sync>;

impl Plugins {
    /// Creates an empty set.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a plugin with its name in the host's `PluginSet`. Replaces a plugin with the same name.
    #[must_use]
    pub fn add(mut self, name: &'static str, plugin: impl Service) -> Self {
        let plugin: Arc<dyn Service> = Arc::new(plugin);
        self.plugins.insert(name, Arc::new(move |_| Arc::clone(&plugin)));
        self
    }

    /// Like [`add`](Self::add), for a plugin that calls the host or offers it further streams. An instance is
    /// created whenever the host dispenses it, with the broker of that host's connection.
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

/// A net/rpc connection.
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

    /// Their order determines their purpose. Dropping this closes them all.
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

/// Sends the plugin's output.
async fn print(stdio: Stdio, mut stdout: Stream, mut stderr: Stream) {
    while let Some(printed) = stdio.next().await {
        let stream = if printed.channel() == Channel::Stdout { &mut stdout } else { &mut stderr };
        if stream.write_all(&printed.data).await.is_err() {
            return;
        }
    }
}
