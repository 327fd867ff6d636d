//! Writes lines to the process's original stderr.

use std::fs::File;
use std::io::{self, Write};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use super::{Format, Json, Level, Record};

static STDERR: OnceLock<Mutex<File>> = OnceLock::new();
static LEVEL: AtomicU8 = AtomicU8::new(Level::Info as u8);
static FORMAT: OnceLock<&'static dyn Format> = OnceLock::new();

/// Keeps a descriptor of the original stderr, which printed output cannot reach later. A second server in the
/// same process shares it and its format.
pub(super) fn open(level: Level, format: &'static dyn Format) -> io::Result<()> {
    LEVEL.store(level as u8, Ordering::Relaxed);
    let _ = FORMAT.set(format);
    if STDERR.get().is_none() {
        #[cfg(unix)]
        let stderr = {
            use std::os::fd::AsFd;
            File::from(io::stderr().as_fd().try_clone_to_owned()?)
        };
        #[cfg(windows)]
        let stderr = {
            use std::os::windows::io::AsHandle;
            File::from(io::stderr().as_handle().try_clone_to_owned()?)
        };
        let _ = STDERR.set(Mutex::new(stderr));
    }
    Ok(())
}

/// Whether the process logs to its host.
pub(super) fn is_open() -> bool {
    STDERR.get().is_some()
}

pub(super) fn format() -> &'static dyn Format {
    FORMAT.get().copied().unwrap_or(&Json)
}

/// Whether records of this level are logged.
pub fn enabled(level: Level) -> bool {
    level <= self::level()
}

pub(super) fn level() -> Level {
    Level::from_number(LEVEL.load(Ordering::Relaxed))
}

/// Writes a whole record immediately, at any level. A host that stopped reading is not an error.
pub fn write(record: Record) {
    let line = format().line(record);
    let _ = match STDERR.get() {
        Some(stderr) => stderr.lock().unwrap_or_else(PoisonError::into_inner).write_all(&line),
        // Before `init`.
        None => io::stderr().write_all(&line),
    };
}
