//! Runs calls on the threads that serve the host's connection.
//!
//! Most calls take microseconds, less than a change of threads. Such a call runs where its request was read.
//! A call may block nevertheless. Then the other thread serves the connection, and further calls run elsewhere.
//! tokio does not notice a blocked thread, so a [`watch`]er wakes the other one.

use std::cell::Cell;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, Thread};
use std::time::Duration;

use tokio::runtime::{Builder, Handle, Runtime};

use super::build;

/// The threads that serve connections. With more, they take the tasks of one connection from each other, which costs a
/// third more CPU time for a large object.
const SERVERS: usize = 2;

/// The number of them that may run calls at the same time.
const CALLS: usize = SERVERS - 1;

/// How often the watcher looks for a blocked call.
const GLANCE: Duration = Duration::from_millis(2);

/// The number of glances without a call after which the watcher sleeps.
const QUIET: usize = 50;

thread_local! {
    static IS_SERVER: Cell<bool> = const { Cell::new(false) };
}

/// The number of threads that run a call.
static RUNNING: AtomicUsize = AtomicUsize::new(0);
/// How often a thread has begun to run a call.
static BEGUN: AtomicUsize = AtomicUsize::new(0);
static IS_WATCHED: AtomicBool = AtomicBool::new(false);
static WATCHER: Mutex<Watcher> = Mutex::new(Watcher::None);

/// The watcher of the newest runtime.
enum Watcher {
    None,
    /// The first call starts it, because a start without calls should be short.
    Of(Handle),
    Started(Thread),
}

/// Creates the runtime that serves connections. Without threads, it has only the current one, and calls never
/// run on it.
pub(crate) fn runtime() -> io::Result<Runtime> {
    let mut builder = Builder::new_multi_thread();
    builder
        .worker_threads(SERVERS)
        .thread_name("plugwright")
        .on_thread_start(|| IS_SERVER.set(true))
        .enable_all();
    match build(&mut builder) {
        Ok(runtime) => {
            *watcher_lock() = Watcher::Of(runtime.handle().clone());
            IS_WATCHED.store(false, SeqCst);
            Ok(runtime)
        }
        Err(error) => {
            tracing::debug!("the connection is served by one thread: {error}");
            Builder::new_current_thread().enable_all().build()
        }
    }
}

/// Whether the current thread serves a connection, and is watched.
pub(super) fn is_server() -> bool {
    IS_SERVER.get()
}

/// The right to run a call on the current thread, for one poll.
pub(super) struct Slot(());

impl Slot {
    /// Returns `None` if as many calls run as may, or if they cannot be watched.
    pub(super) fn take() -> Option<Self> {
        if RUNNING.fetch_add(1, SeqCst) >= CALLS {
            RUNNING.fetch_sub(1, SeqCst);
            return None;
        }
        BEGUN.fetch_add(1, SeqCst);
        let slot = Self(());
        if !IS_WATCHED.load(SeqCst) && !IS_WATCHED.swap(true, SeqCst) && !watcher_lock().wake() {
            IS_WATCHED.store(false, SeqCst);
            return None;
        }
        Some(slot)
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        RUNNING.fetch_sub(1, SeqCst);
    }
}

impl Watcher {
    /// Starts or wakes it; `false` if no thread can be created.
    fn wake(&mut self) -> bool {
        match self {
            Self::None => false,
            Self::Of(runtime) => {
                let runtime = runtime.clone();
                let builder = thread::Builder::new().name("plugwright".to_owned());
                let Ok(watcher) = builder.spawn(move || watch(&runtime)) else { return false };
                *self = Self::Started(watcher.thread().clone());
                true
            }
            Self::Started(watcher) => {
                watcher.unpark();
                true
            }
        }
    }
}

fn watcher_lock() -> MutexGuard<'static, Watcher> {
    WATCHER.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Wakes another server if a call still runs after a glance: the thread of the call may have been the one that
/// waited for the connection.
fn watch(runtime: &Handle) {
    let (mut last, mut woken, mut quiet) = (0, 0, 0);
    loop {
        thread::park_timeout(GLANCE);
        let begun = BEGUN.load(SeqCst);
        let is_running = RUNNING.load(SeqCst) > 0;
        if is_running && begun == last && begun != woken {
            woken = begun;
            runtime.spawn(async {});
        }
        quiet = if is_running || begun != last { 0 } else { quiet + 1 };
        last = begun;
        if quiet > QUIET {
            IS_WATCHED.store(false, SeqCst);
            // A call that has begun meanwhile may not have seen this.
            while !IS_WATCHED.load(SeqCst) && BEGUN.load(SeqCst) == begun {
                thread::park();
            }
            IS_WATCHED.store(true, SeqCst);
            quiet = 0;
        }
    }
}
