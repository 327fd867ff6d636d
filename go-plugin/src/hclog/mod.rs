//! Log records for hosts of go-plugin: one JSON object per line on the process's original stderr.
//!
//! ```text
//! tracing event ─ layer ─┐
//! printed lines ─────────┼─ record ─ format ─ stderr
//! panics ────────────────┘
//! ```
//!
//! A host reads a plugin's stderr line by line, and logs each hclog record at its level with its fields
//! (hashicorp/go-plugin, `client.go`, `logStderr`). [`init`] sends it the records of `tracing` and of the
//! crate `log`, printed output, and panics.
//!
//! ```no_run
//! use go_plugin::hclog::{self, Level};
//!
//! hclog::init(Level::Debug)?;
//! tracing::info!(bucket = "one", "connected");
//! # Ok::<(), std::io::Error>(())
//! ```

mod format;
mod layer;
mod level;
mod panics;
pub(crate) mod printed;
mod record;
mod sink;

use std::io;

use tracing_subscriber::prelude::*;

pub use format::{Format, Json, Text, error_text};
pub use layer::Layer;
pub use level::Level;
pub use panics::{PanicLocation, answered, panic_text, take_panic_location};
pub use record::Record;
pub use sink::{enabled, write};

/// Sends all records logged from now on to the host, down to `level`, as hclog's JSON.
///
/// Call it before [`Server::serve`](crate::Server::serve), which redirects the process's stderr. An existing
/// global `tracing` subscriber is kept. Panics are logged instead of printed.
///
/// Fails if stderr cannot be duplicated.
pub fn init(level: Level) -> io::Result<()> {
    init_with(level, &Json)
}

/// Like [`init`], with a custom format. The first call in a process determines the format.
pub fn init_with(level: Level, format: &'static dyn Format) -> io::Result<()> {
    sink::open(level, format)?;
    let registry = tracing_subscriber::registry().with(Layer);
    // In tests, there may be another subscriber.
    let _ = tracing::subscriber::set_global_default(registry);
    // For libraries that use the crate `log`.
    let _ = tracing_log::LogTracer::init_with_filter(level.into());
    panics::log_them();
    Ok(())
}

#[cfg(test)]
mod tests;
