//! The threads that run plugins' code.
//!
//! The host's connection is served by the main thread, which never waits for a plugin: a handler that
//! blocks, as code from the Go world or a synchronous SDK does, stops neither the health check nor the
//! shutdown, nor another call. So each call gets a thread of its own from tokio's pool of blocking
//! threads, where its future is driven; that is what a goroutine is in a Go plugin.

use std::future::Future;
use std::io;
use std::sync::OnceLock;

use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;

use crate::{Error, Result};

/// The threads that drive timers, sockets and what a plugin spawns. The calls themselves are not on
/// them.
const DRIVERS: usize = 1;

static RUNTIME: OnceLock<io::Result<Runtime>> = OnceLock::new();

/// Runs a plugin's future on a thread of its own. Dropping the handle does not stop it, as nothing
/// stops a Go plugin's handler when its host has gone away.
pub(crate) fn run<F>(work: F) -> Result<JoinHandle<F::Output>>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    let started = RUNTIME.get_or_init(|| {
        Builder::new_multi_thread().worker_threads(DRIVERS).thread_name("plugwright").enable_all().build()
    });
    let runtime = started.as_ref().map_err(|error| Error::msg(format!("no thread for plugins: {error}")))?;
    let handle = runtime.handle().clone();
    Ok(runtime.spawn_blocking(move || handle.block_on(work)))
}
