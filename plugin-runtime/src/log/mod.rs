//! From `tracing` to what the host reads: one JSON object a line on the process's real stderr.
//!
//! ```text
//! tracing event ─ layer ─┐
//! printed lines ─────────┼─ record ─ sink (stderr)
//! panics ────────────────┘
//! ```
//!
//! The form is the host's: [`Format`]. What must not be in a line is in [`record`].

mod format;
mod layer;
pub(crate) mod level;
pub(crate) mod panics;
pub(crate) mod printed;
pub(crate) mod record;
pub(crate) mod sink;

use std::io;

use tracing_subscriber::prelude::*;

pub(crate) use format::Format;
pub(crate) use level::Level;

/// Everything that is logged from now on goes to the host in this form, down to `level`. A subscriber
/// that the process already has stays.
pub(crate) fn start(level: Level, format: Format) -> io::Result<()> {
    sink::open(level, format)?;
    let registry = tracing_subscriber::registry().with(layer::Layer);
    // In a test, someone else may be listening already.
    let _ = tracing::subscriber::set_global_default(registry);
    // Libraries that use the crate `log` are heard as well.
    let _ = tracing_log::LogTracer::init_with_filter(level.into());
    panics::log_them();
    Ok(())
}
