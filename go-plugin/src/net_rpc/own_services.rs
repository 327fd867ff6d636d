//! go-plugin's own services on the first stream: `Control` and `Dispenser` (`rpc_server.go`).

use std::collections::BTreeMap;
use std::future::ready;
use std::sync::Arc;

use tokio::sync::Semaphore;

use super::broker::MuxBroker;
use super::gob::GobError;
use super::rpc::{Answer, Arguments, Empty, Reply, Service};
use super::server::Plugin;
use crate::process::Controller;

/// The maximum number of dispensed plugins waiting for a connection.
const DISPENSED: usize = 1024;

/// `Control`: health check and shutdown.
pub(super) struct Control {
    pub(super) controller: Controller,
}

impl Service for Control {
    fn call(&self, method: &str, arguments: Arguments<'_>) -> Option<Result<Answer, GobError>> {
        if !matches!(method, "Ping" | "Quit") {
            return None;
        }
        // The value is ignored.
        if let Err(error) = arguments.read::<bool>() {
            return Some(Err(error));
        }
        if method == "Quit" {
            self.controller.request_shutdown();
        }
        Some(Ok(Box::pin(ready(Ok(Reply::new(Empty {}))))))
    }
}

/// The plugins of a connection, by name.
#[derive(Clone)]
pub(super) struct Dispenser {
    plugins: Arc<BTreeMap<&'static str, Plugin>>,
    broker: MuxBroker,
    room: Arc<Semaphore>,
}

impl Dispenser {
    pub(super) fn new(plugins: Arc<BTreeMap<&'static str, Plugin>>, broker: MuxBroker) -> Self {
        Self { plugins, broker, room: Arc::new(Semaphore::new(DISPENSED)) }
    }

    /// Serves a plugin on the stream that dials the number within five seconds.
    fn dispense(&self, name: &str) -> Result<u32, String> {
        // Go's text.
        let plugin = self.plugins.get(name).ok_or_else(|| format!("unknown plugin type: {name}"))?;
        let room = Arc::clone(&self.room).try_acquire_owned();
        let room = room.map_err(|_| format!("{DISPENSED} dispensed plugins are waiting for a connection"))?;
        let plugin = plugin(&self.broker);
        let (broker, number) = (self.broker.clone(), self.broker.next_id());
        // Ends at the latest when the connection closes.
        tokio::spawn(async move {
            if let Err(error) = broker.accept_and_serve_shared(number, plugin, room).await {
                tracing::debug!(
                    error = &error as &dyn std::error::Error,
                    "a dispensed plugin was not connected"
                );
            }
        });
        Ok(number)
    }
}

impl Service for Dispenser {
    fn call(&self, method: &str, arguments: Arguments<'_>) -> Option<Result<Answer, GobError>> {
        if method != "Dispense" {
            return None;
        }
        Some(arguments.read::<String>().map(|name| -> Answer {
            let dispensed = self.dispense(&name);
            Box::pin(ready(dispensed.map(|number| Reply::new(u64::from(number)))))
        }))
    }
}
