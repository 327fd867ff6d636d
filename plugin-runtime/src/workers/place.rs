//! Where a call runs: on the thread that polls it, or on another.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::runtime::Handle;

use super::threads::{THREADS, Wait, start};
use super::{Work, inline, runtime};
use crate::Error;

/// Where a call runs.
pub(super) enum Place {
    /// On the thread that polls it.
    Here(Here),
    /// On another thread, or it has ended.
    Thread(Wait),
}

impl Place {
    pub(super) fn of(work: Work) -> Self {
        if inline::is_server()
            && let Ok(runtime) = runtime()
        {
            return Self::Here(Here::new(work, runtime));
        }
        Self::Thread(start(work))
    }

    /// Moves the call to another thread, if it runs here.
    pub(super) fn move_to_thread(&mut self) {
        if let Self::Here(here) = self {
            // Counted until the thread has it.
            let call = here.call.take();
            *self = Self::Thread(call.map_or(Wait::Output, |(work, _counted)| start(work)));
        }
    }

    /// Runs the call if it runs here. `Ready` if it has ended, or runs on another thread.
    pub(super) fn poll_here(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if let Self::Here(here) = self {
            let Some(slot) = inline::Slot::take() else {
                self.move_to_thread();
                return Poll::Ready(());
            };
            let polled = here.poll(cx);
            drop(slot);
            if polled.is_pending() {
                return Poll::Pending;
            }
            *self = Self::Thread(Wait::Output);
        }
        Poll::Ready(())
    }

    pub(super) fn poll_thread(&mut self, cx: &mut Context<'_>) {
        if let Self::Thread(wait) = self {
            wait.poll(cx);
        }
    }

    pub(super) fn error(&self) -> Error {
        match self {
            Self::Thread(wait) => wait.error(),
            Self::Here(_) => Wait::Output.error(),
        }
    }
}

/// A call on the thread that polls it, until it has ended or is dropped.
pub(super) struct Here {
    call: Option<(Work, Counted)>,
    runtime: &'static Handle,
}

impl Here {
    fn new(work: Work, runtime: &'static Handle) -> Self {
        THREADS.lock().begin(runtime);
        Self { call: Some((work, Counted)), runtime }
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let Some((work, _)) = &mut self.call else { return Poll::Ready(()) };
        // The tasks, timers and sockets of plugins do not depend on the threads that serve the connection.
        let _entered = self.runtime.enter();
        // A call catches its own panic.
        match catch_unwind(AssertUnwindSafe(|| Pin::new(work).poll(cx))) {
            Ok(Poll::Pending) => return Poll::Pending,
            Ok(Poll::Ready(())) | Err(_) => {}
        }
        let call = self.call.take();
        let _ = catch_unwind(AssertUnwindSafe(|| drop(call)));
        Poll::Ready(())
    }
}

impl Drop for Here {
    fn drop(&mut self) {
        // The host has cancelled the call, which continues.
        if let Some((work, counted)) = self.call.take() {
            self.runtime.spawn(async move {
                work.await;
                drop(counted);
            });
        }
    }
}

/// Counts as a running call.
struct Counted;

impl Drop for Counted {
    fn drop(&mut self) {
        THREADS.lock().end();
    }
}
