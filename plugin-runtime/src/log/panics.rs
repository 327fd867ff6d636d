//! A panic's text goes to the log whole, and its place to the answer of the call that it ends.

use std::any::Any;
use std::backtrace::{Backtrace, BacktraceStatus};
use std::cell::{Cell, RefCell};
use std::panic::{self, PanicHookInfo};
use std::sync::Once;

use super::record::Record;
use super::{Level, sink};

/// Where a panic was raised.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) file: String,
    pub(crate) line: u32,
}

thread_local! {
    static LAST: RefCell<Option<Place>> = const { RefCell::new(None) };
    static ANSWERED: Cell<bool> = const { Cell::new(false) };
}

/// Does something whose panic becomes the answer of a call.
///
/// Velero logs such an answer as an error, and counts the errors in the log of a backup (`pkg/util/logging/log_counter_hook.go`): the
/// record of the panic itself must not be a second one.
pub(crate) fn answered<T>(work: impl FnOnce() -> T) -> T {
    struct Reset(bool);
    impl Drop for Reset {
        fn drop(&mut self) {
            ANSWERED.set(self.0);
        }
    }
    let _reset = Reset(ANSWERED.replace(true));
    work()
}

/// Replaces the hook that prints to stderr, once in a process.
pub(super) fn log_them() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| panic::set_hook(Box::new(on_panic)));
}

/// The place of the panic that this thread has just caught.
pub(crate) fn take_place() -> Option<Place> {
    LAST.with_borrow_mut(Option::take)
}

/// What a panic says.
pub(crate) fn text_of(payload: &(dyn Any + Send)) -> &str {
    let text = payload.downcast_ref::<&str>().copied();
    text.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("no text")
}

fn on_panic(info: &PanicHookInfo<'_>) {
    let level = if ANSWERED.get() { Level::Info } else { Level::Error };
    let mut record = Record::new(level, format!("panic: {}", text_of(info.payload())));
    if let Some(location) = info.location() {
        record.source_at(location);
        let place = Place { file: location.file().to_owned(), line: location.line() };
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

    #[test]
    fn only_the_panic_of_a_call_has_an_answer() {
        let caught = panic::catch_unwind(|| answered(|| assert!(!ANSWERED.get(), "as it should")));
        assert!(caught.is_err() && !ANSWERED.get());
        answered(|| answered(|| ()));
        assert!(!ANSWERED.get());
    }
}
