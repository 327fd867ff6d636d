//! Log records as hosts of go-plugin read them: one JSON object a line on the stderr that the process was started with.
//!
//! ```text
//! tracing event ─ layer ─┐
//! printed lines ─────────┼─ record ─ format ─ stderr
//! panics ────────────────┘
//! ```
//!
//! A host reads a plugin's stderr line by line, and logs each hclog record at its level with its fields
//! (hashicorp/go-plugin, `client.go`, `logStderr`). [`init`] sends there what the process logs with `tracing` or with the
//! crate `log`, what it prints, and its panics.
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

/// Sends everything that is logged from now on to the host, down to `level`, as hclog's JSON.
///
/// To be called before [`Server::serve`](crate::Server::serve), which redirects the process's stderr. A global `tracing`
/// subscriber that the process already has stays. Panics are logged instead of printed.
///
/// An error means that stderr cannot be duplicated.
pub fn init(level: Level) -> io::Result<()> {
    init_with(level, &Json)
}

/// [`init`] with the host's own form of record. The first call in a process decides on the form.
pub fn init_with(level: Level, format: &'static dyn Format) -> io::Result<()> {
    sink::open(level, format)?;
    let registry = tracing_subscriber::registry().with(Layer);
    // In a test, another subscriber may be there already.
    let _ = tracing::subscriber::set_global_default(registry);
    // Libraries that log with the crate `log`.
    let _ = tracing_log::LogTracer::init_with_filter(level.into());
    panics::log_them();
    Ok(())
}
