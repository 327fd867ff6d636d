//! The threads of calls that do not run on the threads of the connection, and the count of all calls.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::task::Context;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::time::{Instant, Sleep};

use super::queue::{Placed, Queue};
use super::{CALLS, Work, runtime};
use crate::Error;

/// Threads for calls that always exist.
pub(super) const RESIDENT: usize = 2;

/// How long a call waits for an existing thread.
const PATIENCE: Duration = Duration::from_millis(5);

/// How long an additional thread waits for a call before it exits.
const IDLE: Duration = Duration::from_secs(10);

pub(super) static THREADS: Threads = Threads { state: Mutex::new(State::new()), work: Condvar::new() };

/// What a call waits for.
pub(super) enum Wait {
    /// Its output: it has a thread, or all threads exist that may.
    Output,
    /// An existing thread, for a while.
    Thread(Ticket),
    /// Nothing: no thread can be created, for this reason.
    Nothing(String),
}

impl Wait {
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) {
        if let Self::Thread(ticket) = self
            && ticket.patience.as_mut().poll(cx).is_ready()
        {
            *self = Self::Output;
        }
    }

    pub(super) fn error(&self) -> Error {
        match self {
            Self::Nothing(error) => Error::msg(format!("cannot start a thread for plugins: {error}")),
            _ => Error::msg("the call ended without a result"),
        }
    }
}

/// The right of a waiting call to another thread. It is used when this is dropped: after a while, or because the
/// host cancels the call, which runs nevertheless, and which others may wait for.
pub(super) struct Ticket {
    number: u64,
    patience: Pin<Box<Sleep>>,
    runtime: &'static Handle,
}

impl Drop for Ticket {
    fn drop(&mut self) {
        THREADS.lock().queue.grow_for(self.number, &mut || spawn(self.runtime));
    }
}

pub(super) fn start(work: Work) -> Wait {
    let runtime = match runtime() {
        Ok(runtime) => runtime,
        Err(error) => return Wait::Nothing(error.to_string()),
    };
    match THREADS.take(work, runtime) {
        Ok(None) => Wait::Output,
        Ok(Some(number)) => {
            Wait::Thread(Ticket { number, patience: Box::pin(tokio::time::sleep(PATIENCE)), runtime })
        }
        Err(error) => Wait::Nothing(error.to_string()),
    }
}

pub(super) struct Threads {
    state: Mutex<State>,
    work: Condvar,
}

pub(super) struct State {
    queue: Queue<Work>,
    /// The number of calls on the threads that serve the connection.
    here: usize,
    /// When the last call ended; `None` while a call runs.
    pub(super) idle_since: Option<Instant>,
    /// The number of plugin tasks when the oldest running (or most recent) call began.
    pub(super) tasks_before: usize,
}

impl State {
    const fn new() -> Self {
        Self { queue: Queue::new(RESIDENT, CALLS), here: 0, idle_since: None, tasks_before: 0 }
    }

    /// Whether no call is running or waiting.
    pub(super) fn is_idle(&self) -> bool {
        self.here == 0 && self.queue.is_idle()
    }

    fn before_call(&mut self, runtime: &Handle) {
        if self.is_idle() {
            self.tasks_before = runtime.metrics().num_alive_tasks();
            self.idle_since = None;
        }
    }

    fn after_call(&mut self) {
        if self.is_idle() && self.idle_since.is_none() {
            self.idle_since = Some(Instant::now());
        }
    }

    /// Counts a call on a thread that serves the connection.
    pub(super) fn begin(&mut self, runtime: &Handle) {
        self.before_call(runtime);
        self.here += 1;
    }

    pub(super) fn end(&mut self) {
        self.here -= 1;
        self.after_call();
    }
}

impl Threads {
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Queues work for a thread. If all threads are busy, returns the work's ticket.
    fn take(&self, work: Work, runtime: &Handle) -> io::Result<Option<u64>> {
        let mut state = self.lock();
        state.before_call(runtime);
        let placed = state.queue.offer(work, &mut || spawn(runtime))?;
        drop(state);
        match placed {
            Placed::WithIdle => self.work.notify_one(),
            Placed::WithStarted => {}
            Placed::Waiting(ticket) => return Ok(Some(ticket)),
        }
        Ok(None)
    }

    /// The loop of a thread.
    fn run(&self, runtime: &Handle) {
        let mut state = self.lock();
        let mut exits = state.queue.woken(false);
        while !exits {
            if let Some(work) = state.queue.next() {
                drop(state);
                // A call catches its own panic.
                let _ = catch_unwind(AssertUnwindSafe(|| runtime.block_on(work)));
                state = self.lock();
                continue;
            }
            state.queue.waits();
            state.after_call();
            let (woken, waited) = self.work.wait_timeout(state, IDLE).unwrap_or_else(PoisonError::into_inner);
            state = woken;
            exits = state.queue.woken(waited.timed_out());
        }
    }
}

/// Starts a thread that runs calls.
fn spawn(runtime: &Handle) -> io::Result<()> {
    let runtime = runtime.clone();
    std::thread::Builder::new().name("plugwright".to_owned()).spawn(move || THREADS.run(&runtime))?;
    Ok(())
}
