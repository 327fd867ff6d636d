//! The threads that run plugins' code.
//!
//! The host's connection is served by the main thread, which never waits for a plugin: a handler that
//! blocks, as code from the Go world or a synchronous SDK does, stops neither the health check nor the
//! shutdown, nor another call. So each call has a thread of its own while it lasts, where its future is
//! driven; that is what a goroutine is in a Go plugin.
//!
//! When the process is to end, running calls are told first, then dropped ([`stop`]).
//!
//! Two threads are enough for calls that compute: they take one after the other, and nobody has to be woken
//! up for each. A call that they leave waiting gets a further thread, because both of them may be blocked.

use std::any::Any;
use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::{Condvar, LazyLock, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::{oneshot, watch};
use tokio::time::{Instant, Sleep};
use tracing::{Instrument as _, Span};

use crate::{Error, Result};
use go_plugin::BoxFuture;

/// The threads that drive timers, sockets and what a plugin spawns; the calls themselves are not on
/// them. Two, so that a spawned task that blocks one does not stop the timers of all.
const DRIVERS: usize = 2;

/// How many threads calls have in any case.
const RESIDENT: usize = 2;

/// How many calls run at once; more wait. No Velero comes near it.
const CALLS: usize = 512;

/// How long a call waits for one of the threads that there are.
const PATIENCE: Duration = Duration::from_millis(5);

/// How long a further thread waits for a call.
const IDLE: Duration = Duration::from_secs(10);

/// Where the process is to end: those that run may still end by themselves, or are dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    Serving,
    Stopping,
    Dropping,
}

/// A call that ended longer ago has nothing to do with the end of the process.
const JUST_NOW: Duration = Duration::from_millis(500);

/// How often [`stop`] looks again.
const GLANCE: Duration = Duration::from_millis(2);

static PHASE: LazyLock<watch::Sender<Phase>> = LazyLock::new(|| watch::Sender::new(Phase::Serving));
static RUNTIME: OnceLock<io::Result<(Handle, Runtime)>> = OnceLock::new();
static THREADS: Threads = Threads { state: Mutex::new(State::new()), work: Condvar::new() };

/// A call, which sends its output itself.
struct Work {
    future: BoxFuture<'static, ()>,
    span: Span,
}

/// Runs a plugin's future on a thread of its own, in this span. Dropping the result does not stop the future: a Go
/// plugin's handler also runs on when its host has gone away.
///
/// An error means that no thread could be started, or that the future ended without an output.
pub(crate) fn run<F>(work: F, span: Span) -> Running<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    let (done, output) = oneshot::channel();
    let future = Box::pin(async move {
        // The host may have given up.
        let _ = done.send(work.await);
    });
    Running { output, wait: start(Work { future, span }) }
}

/// The output of a future that runs on another thread.
pub(crate) struct Running<R> {
    output: oneshot::Receiver<R>,
    wait: Wait,
}

impl<R> Future for Running<R> {
    type Output = Result<R>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<R>> {
        match Pin::new(&mut self.output).poll(cx) {
            Poll::Ready(Ok(output)) => Poll::Ready(Ok(output)),
            Poll::Ready(Err(_)) => Poll::Ready(Err(self.wait.error())),
            Poll::Pending => {
                self.wait.poll(cx);
                Poll::Pending
            }
        }
    }
}

/// What a call waits for.
enum Wait {
    /// A thread has it.
    Output,
    /// One of the existing threads, for a moment.
    Thread { ticket: u64, patience: Pin<Box<Sleep>>, runtime: &'static Handle },
    /// Nothing: no thread could be started.
    Nothing(String),
}

impl Wait {
    fn poll(&mut self, cx: &mut Context<'_>) {
        if let Self::Thread { ticket, patience, runtime } = self
            && patience.as_mut().poll(cx).is_ready()
        {
            // Without a further thread it waits for the existing ones.
            let _ = THREADS.lock().grow_for(*ticket, runtime);
            *self = Self::Output;
        }
    }

    fn error(&self) -> Error {
        match self {
            Self::Nothing(error) => Error::msg(format!("no thread for plugins: {error}")),
            _ => Error::msg("the call ended without an answer"),
        }
    }
}

fn start(work: Work) -> Wait {
    let runtime = RUNTIME.get_or_init(|| {
        let runtime = Builder::new_multi_thread()
            .worker_threads(DRIVERS)
            .max_blocking_threads(CALLS)
            .thread_name("plugwright")
            .enable_all()
            .build();
        runtime.map(|runtime| (runtime.handle().clone(), runtime))
    });
    let taken = match runtime {
        Ok((runtime, _)) => THREADS.take(work, runtime).map(|ticket| (ticket, runtime)),
        Err(error) => return Wait::Nothing(error.to_string()),
    };
    match taken {
        Ok((None, _)) => Wait::Output,
        Ok((Some(ticket), runtime)) => {
            Wait::Thread { ticket, patience: Box::pin(tokio::time::sleep(PATIENCE)), runtime }
        }
        Err(error) => Wait::Nothing(error.to_string()),
    }
}

/// Resolves when the process is to end.
pub(crate) async fn stopping() {
    reached(Phase::Stopping).await;
}

async fn reached(phase: Phase) {
    // The sender is a static.
    let _ = PHASE.subscribe().wait_for(|now| *now >= phase).await;
}

async fn until_dropped(work: Work) {
    tokio::select! {
        biased;
        () = work.future.instrument(work.span) => {}
        () = reached(Phase::Dropping) => {}
    }
}

/// Lets the calls that run come to their end: all that wait for [`stopping`] are told, and have most of `limit`. What
/// then still runs is dropped, so that its destructors run. Tasks that a call or its destructors have spawned have the
/// rest: they may be cleaning up. A call that blocks its thread cannot be dropped, and is not waited for any longer.
///
/// Returns at once if no call runs, and none has ended just now.
pub(crate) async fn stop(limit: Duration) {
    let Some(Ok((runtime, _))) = RUNTIME.get() else { return };
    let tasks_before = {
        let state = THREADS.lock();
        if state.is_idle() && state.idle_since.is_none_or(|since| since.elapsed() > JUST_NOW) {
            return;
        }
        state.tasks_before
    };
    PHASE.send_replace(Phase::Stopping);
    let busy = || !THREADS.lock().is_idle();
    let cleaning = || runtime.metrics().num_alive_tasks() > tasks_before;
    let end = Instant::now() + limit;
    let dropping = end - limit / 4;
    while busy() && Instant::now() < dropping {
        tokio::time::sleep(GLANCE).await;
    }
    PHASE.send_replace(Phase::Dropping);
    while (busy() || cleaning()) && Instant::now() < end {
        tokio::time::sleep(GLANCE).await;
    }
}

struct Threads {
    state: Mutex<State>,
    work: Condvar,
}

struct State {
    waiting: VecDeque<Work>,
    /// How many were taken out of `waiting` so far.
    taken: u64,
    threads: usize,
    idle: usize,
    /// Since when no call has run; none while one runs.
    idle_since: Option<Instant>,
    /// How many tasks plugins had when the oldest of the calls that run, or ran last, began.
    tasks_before: usize,
}

impl Threads {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes work for a thread. If all threads are busy, the work waits, and its place in the line is returned.
    fn take(&self, work: Work, runtime: &Handle) -> io::Result<Option<u64>> {
        let mut state = self.lock();
        if state.is_idle() {
            state.tasks_before = runtime.metrics().num_alive_tasks();
            state.idle_since = None;
        }
        state.waiting.push_back(work);
        let ticket = state.taken + state.waiting.len() as u64;
        if state.idle >= state.waiting.len() {
            drop(state);
            self.work.notify_one();
            return Ok(None);
        }
        if state.threads >= RESIDENT {
            return Ok(Some(ticket));
        }
        match state.grow(runtime) {
            Ok(()) => Ok(None),
            Err(_) if state.threads > 0 => Ok(Some(ticket)),
            Err(error) => {
                state.waiting.pop_back();
                Err(error)
            }
        }
    }

    /// What a thread does.
    fn run(&self, runtime: &Handle) {
        let mut state = self.lock();
        loop {
            if let Some(work) = state.waiting.pop_front() {
                state.taken += 1;
                drop(state);
                // A call's own panic is caught in it.
                let _ = catch_unwind(AssertUnwindSafe(|| runtime.block_on(until_dropped(work))));
                state = self.lock();
                continue;
            }
            state.idle += 1;
            if state.is_idle() && state.idle_since.is_none() {
                state.idle_since = Some(Instant::now());
            }
            let (woken, waited) = self.work.wait_timeout(state, IDLE).unwrap_or_else(PoisonError::into_inner);
            state = woken;
            state.idle -= 1;
            if waited.timed_out() && state.waiting.is_empty() && state.threads > RESIDENT {
                state.threads -= 1;
                return;
            }
        }
    }
}

impl State {
    /// Whether no call runs or waits.
    fn is_idle(&self) -> bool {
        self.waiting.is_empty() && self.idle == self.threads
    }

    const fn new() -> Self {
        Self { waiting: VecDeque::new(), taken: 0, threads: 0, idle: 0, idle_since: None, tasks_before: 0 }
    }

    /// One thread more, if the work in this place still waits.
    fn grow_for(&mut self, ticket: u64, runtime: &Handle) -> io::Result<()> {
        if self.taken < ticket { self.grow(runtime) } else { Ok(()) }
    }

    /// One thread more, if there is work for it.
    fn grow(&mut self, runtime: &Handle) -> io::Result<()> {
        if self.waiting.len() > self.idle && self.threads < CALLS {
            let runtime = runtime.clone();
            let thread = std::thread::Builder::new().name("plugwright".to_owned());
            thread.spawn(move || THREADS.run(&runtime))?;
            self.threads += 1;
        }
        Ok(())
    }
}

/// The future's output, or what it panicked with.
pub(crate) async fn catch_panic<F: Future>(future: F) -> Result<F::Output, Box<dyn Any + Send>> {
    let mut future = pin!(future);
    poll_fn(|cx| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(cx))) {
        Ok(Poll::Pending) => Poll::Pending,
        Ok(Poll::Ready(output)) => Poll::Ready(Ok(output)),
        Err(payload) => Poll::Ready(Err(payload)),
    })
    .await
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use tokio::sync::Barrier;

    use super::*;

    async fn run<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> Result<T> {
        super::run(work, Span::none()).await
    }

    #[tokio::test]
    async fn calls_that_block_do_not_keep_others_from_their_threads() {
        let (release, blocked) = std::sync::mpsc::channel::<()>();
        let blocked = Arc::new(Mutex::new(blocked));
        let calls: Vec<_> = (0..2 * RESIDENT)
            .map(|_| {
                let blocked = Arc::clone(&blocked);
                tokio::spawn(run(async move { blocked.lock().unwrap().recv().is_err() }))
            })
            .collect();
        let quick = tokio::time::timeout(Duration::from_secs(60), run(async { 7 }));
        assert_eq!(quick.await.unwrap().unwrap(), 7);
        drop(release);
        for call in calls {
            assert!(call.await.unwrap().unwrap());
        }
    }

    #[tokio::test]
    async fn a_panic_that_nobody_catches_is_an_error_of_its_call_alone() {
        assert!(run(async { panic!("no thread is lost") }).await.is_err());
        for n in 0..2 * RESIDENT {
            assert_eq!(run(async move { n }).await.unwrap(), n);
        }
    }

    /// As many as may run at once, each of them needing one more thread.
    #[tokio::test]
    async fn calls_that_need_the_pool_do_not_wait_for_each_other_for_ever() {
        let all = Arc::new(Barrier::new(CALLS));
        let call = async |all: Arc<Barrier>| {
            all.wait().await;
            tokio::task::spawn_blocking(|| 1).await.unwrap()
        };
        let calls: Vec<_> = (0..CALLS).map(|_| tokio::spawn(run(call(Arc::clone(&all))))).collect();
        let done = async {
            let mut sum = 0;
            for call in calls {
                sum += call.await.unwrap().unwrap();
            }
            sum
        };
        assert_eq!(tokio::time::timeout(Duration::from_secs(60), done).await.unwrap(), CALLS);
    }
}
