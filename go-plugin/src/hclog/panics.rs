//! Logs a panic's whole text, and passes its location to the response of the failed call.

use std::any::Any;
use std::backtrace::{Backtrace, BacktraceStatus};
use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::panic::{self, PanicHookInfo};
use std::pin::pin;
use std::sync::Once;

use super::{Level, Record, sink};

/// The location of a panic.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PanicLocation {
    /// The source file.
    pub file: String,
    /// The line, starting at 1.
    pub line: u32,
}

thread_local! {
    static LAST: RefCell<Option<PanicLocation>> = const { RefCell::new(None) };
    static ANSWERED: Cell<bool> = const { Cell::new(false) };
}

/// Runs a future, catching a panic that becomes the call's response. The panic's own record then has the
/// level `info`: the host logs the response as an error, and one panic must not count as two.
pub async fn answered<F: Future>(work: F) -> F::Output {
    let mut work = pin!(work);
    poll_fn(|cx| {
        let _reset = Reset(ANSWERED.replace(true));
        work.as_mut().poll(cx)
    })
    .await
}

struct Reset(bool);

impl Drop for Reset {
    fn drop(&mut self) {
        ANSWERED.set(self.0);
    }
}

/// Replaces the hook that prints to stderr, once per process.
pub(super) fn log_them() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| panic::set_hook(Box::new(on_panic)));
}

/// Takes the location of the panic that this thread has just caught.
pub fn take_panic_location() -> Option<PanicLocation> {
    LAST.with_borrow_mut(Option::take)
}

/// Returns the text of a panic payload of `catch_unwind`.
pub fn panic_text(payload: &(dyn Any + Send)) -> &str {
    let text = payload.downcast_ref::<&str>().copied();
    text.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("no text")
}

fn on_panic(info: &PanicHookInfo<'_>) {
    let level = if ANSWERED.get() { Level::Info } else { Level::Error };
    let mut record = Record::new(level, format!("panic: {}", panic_text(info.payload())));
    if let Some(location) = info.location() {
        record.source_at(location.file(), location.line());
        let place = PanicLocation { file: location.file().to_owned(), line: location.line() };
        LAST.with_borrow_mut(|last| *last = Some(place));
    }
    if let Some(thread) = std::thread::current().name() {
        record.field("thread", thread);
    }
    let backtrace = Backtrace::capture();
    if backtrace.status() == BacktraceStatus::Captured {
        record.field("backtrace", backtrace.to_string());
    }
    sink::write(record);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_panics_of_calls_are_answered() {
        let work = answered(async { assert!(!ANSWERED.get(), "as it should") });
        let caught = tokio::spawn(work).await;
        assert!(caught.is_err() && !ANSWERED.get());
        answered(answered(async {})).await;
        assert!(!ANSWERED.get());
    }
}
