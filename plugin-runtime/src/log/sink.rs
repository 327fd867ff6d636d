//! Where lines go: the stderr that the process was started with.

use std::fs::File;
use std::io::{self, Write};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use super::record::Record;
use super::{Format, Level};

static STDERR: OnceLock<Mutex<File>> = OnceLock::new();
static LEVEL: AtomicU8 = AtomicU8::new(Level::Info as u8);
static FORMAT: OnceLock<Format> = OnceLock::new();

/// Keeps a descriptor of the real stderr, which what the plugin prints cannot reach later.
pub(super) fn open(level: Level, format: Format) -> io::Result<()> {
    LEVEL.store(level as u8, Ordering::Relaxed);
    // A second server in the same process has the first one's.
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
        // A second server in the same process shares the first one's.
        let _ = STDERR.set(Mutex::new(stderr));
    }
    Ok(())
}

/// Whether a record of this level is wanted.
pub(crate) fn wants(level: Level) -> bool {
    level <= self::level()
}

pub(crate) fn level() -> Level {
    Level::from_number(LEVEL.load(Ordering::Relaxed))
}

/// Writes a record at once, whole. A host that does not read any more is no reason to fail.
pub(crate) fn write(record: Record) {
    let line = record.into_line(FORMAT.get().copied().unwrap_or_default());
    let _ = match STDERR.get() {
        Some(stderr) => stderr.lock().unwrap_or_else(PoisonError::into_inner).write_all(&line),
        // What goes wrong before the log is open must be heard as well.
        None => io::stderr().write_all(&line),
    };
}
