//! What go-plugin itself has on the first stream: `Control` and `Dispenser` (`rpc_server.go`).

use std::collections::BTreeMap;
use std::future::ready;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::gob::GobError;
use super::rpc::{Answer, Arguments, Empty, Reply, Service, Services};
use crate::server::Controller;

/// How long a dispensed plugin is waited for (`mux_broker.go`, `Accept`).
const PATIENCE: Duration = Duration::from_secs(5);

/// How many may be waited for at once.
const DISPENSED: usize = 1024;

/// `Control`: whether the plugin is there, and its orderly end.
pub(super) struct Control {
    pub(super) controller: Controller,
}

impl Service for Control {
    fn call(&self, method: &str, arguments: Arguments<'_>) -> Option<Result<Answer, GobError>> {
        if !matches!(method, "Ping" | "Quit") {
            return None;
        }
        // Its value means nothing.
        if let Err(error) = arguments.read::<bool>() {
            return Some(Err(error));
        }
        if method == "Quit" {
            self.controller.request_shutdown();
        }
        Some(Ok(Box::pin(ready(Ok(Reply::new(Empty {}))))))
    }
}

/// The plugins of a connection, by name, and those that were asked for.
#[derive(Clone, Default)]
pub(super) struct Dispenser {
    plugins: Arc<BTreeMap<&'static str, Arc<dyn Service>>>,
    dispensed: Arc<Mutex<Dispensed>>,
}

#[derive(Default)]
struct Dispensed {
    last: u32,
    waiting: BTreeMap<u32, (Arc<dyn Service>, Instant)>,
}

impl Dispenser {
    pub(super) fn new(plugins: Arc<BTreeMap<&'static str, Arc<dyn Service>>>) -> Self {
        Self { plugins, dispensed: Arc::default() }
    }

    fn dispensed(&self) -> MutexGuard<'_, Dispensed> {
        let mut dispensed = self.dispensed.lock().unwrap_or_else(PoisonError::into_inner);
        dispensed.waiting.retain(|_, (_, since)| since.elapsed() < PATIENCE);
        dispensed
    }

    fn dispense(&self, name: &str) -> Result<u32, String> {
        // Go's text.
        let plugin = self.plugins.get(name).ok_or_else(|| format!("unknown plugin type: {name}"))?;
        let mut dispensed = self.dispensed();
        if dispensed.waiting.len() >= DISPENSED {
            return Err(format!("{DISPENSED} plugins were dispensed and not taken"));
        }
        dispensed.last = dispensed.last.wrapping_add(1);
        let number = dispensed.last;
        dispensed.waiting.insert(number, (Arc::clone(plugin), Instant::now()));
        Ok(number)
    }

    /// The plugin that was dispensed under this number; it is the caller's alone.
    pub(super) fn take(&self, number: u32) -> Option<Services> {
        let (plugin, _) = self.dispensed().waiting.remove(&number)?;
        Some(Services::default().with("Plugin", plugin))
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
