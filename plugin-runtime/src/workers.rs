//! The threads that run plugin code.
//!
//! The main thread serves the host's connection and never waits for a plugin. A handler that blocks, for
//! example in a synchronous SDK, does not delay health checks, shutdown or other calls: each call's future is
//! driven on its own thread while it lasts, like a goroutine in a Go plugin.
//!
//! At shutdown, running calls are notified first and dropped later ([`stop`]).
//!
//! Two threads suffice for calls that compute: they run calls in turn without waking another thread for each.
//! A call left waiting gets an additional thread, because both may be blocked. [`queue`] decides this.

mod queue;

use std::any::Any;
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
use go_plugin::hclog::panic_text;
use queue::{Placed, Queue};

/// The number of threads that drive timers, sockets and tasks spawned by plugins; calls do not run on them.
/// With two, a spawned task that blocks one does not stop all timers.
const DRIVERS: usize = 2;

/// Threads for calls that always exist.
const RESIDENT: usize = 2;

/// Maximum number of concurrent calls; further calls wait. Velero stays far below it.
const CALLS: usize = 512;

/// How long a call waits for an existing thread.
const PATIENCE: Duration = Duration::from_millis(5);

/// How long an additional thread waits for a call before it exits.
const IDLE: Duration = Duration::from_secs(10);

/// Set at shutdown: whether running calls may still finish or are dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    Serving,
    Stopping,
    Dropping,
}

/// A call that ended longer ago is unrelated to the shutdown.
const JUST_NOW: Duration = Duration::from_millis(500);

/// How often [`stop`] checks.
const GLANCE: Duration = Duration::from_millis(2);

static PHASE: LazyLock<watch::Sender<Phase>> = LazyLock::new(|| watch::Sender::new(Phase::Serving));
static RUNTIME: OnceLock<Runtime> = OnceLock::new();
static THREADS: Threads = Threads { state: Mutex::new(State::new()), work: Condvar::new() };

/// A call, which sends its output itself.
struct Work {
    future: BoxFuture<'static, ()>,
    span: Span,
}

/// Runs a plugin's future on its own thread, in this span. Dropping the result does not stop the call, just as a Go plugin's handler continues when its host is gone.
///
/// Fails if no thread can be created or if the future ended without an output.
pub(crate) fn run<F>(work: F, span: Span) -> Running<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    let (done, output) = oneshot::channel();
    let future = Box::pin(async move {
        // The receiver may be gone.
        let _ = done.send(work.await);
    });
    Running { output, wait: start(Work { future, span }) }
}

/// The output of a future on another thread. Only the channel is generic, so that waiting is compiled once.
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
    /// Its output: it has a thread, or all threads exist that may.
    Output,
    /// An existing thread, for a while.
    Thread(Ticket),
    /// Nothing: no thread can be created, for this reason.
    Nothing(String),
}

impl Wait {
    fn poll(&mut self, cx: &mut Context<'_>) {
        if let Self::Thread(ticket) = self
            && ticket.patience.as_mut().poll(cx).is_ready()
        {
            *self = Self::Output;
        }
    }

    fn error(&self) -> Error {
        match self {
            Self::Nothing(error) => Error::msg(format!("cannot start a thread for plugins: {error}")),
            _ => Error::msg("the call ended without a result"),
        }
    }
}

/// The runtime, created for the first call. The next call tries again if it fails.
fn runtime() -> io::Result<&'static Handle> {
    static CREATING: Mutex<()> = Mutex::new(());
    if let Some(runtime) = RUNTIME.get() {
        return Ok(runtime.handle());
    }
    let _only_once = CREATING.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(runtime) = RUNTIME.get() {
        return Ok(runtime.handle());
    }
    let create = || {
        Builder::new_multi_thread()
            .worker_threads(DRIVERS)
            .max_blocking_threads(CALLS)
            .thread_name("plugwright")
            .enable_all()
            .build()
    };
    // tokio panics if the system has no thread left.
    let created =
        catch_unwind(create).unwrap_or_else(|panic| Err(io::Error::other(panic_text(&*panic).to_owned())))?;
    Ok(RUNTIME.get_or_init(|| created).handle())
}

/// The right of a waiting call to another thread. It is used when this is dropped: after a while, or because the
/// host cancels the call, which runs nevertheless, and which others may wait for.
struct Ticket {
    number: u64,
    patience: Pin<Box<Sleep>>,
    runtime: &'static Handle,
}

impl Drop for Ticket {
    fn drop(&mut self) {
        THREADS.lock().queue.grow_for(self.number, &mut || spawn(self.runtime));
    }
}

fn start(work: Work) -> Wait {
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

/// Resolves at shutdown.
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

/// Lets running calls finish: notifies everything that waits for [`stopping`] and waits for most of `limit`.
/// Calls still running then are dropped, which runs their destructors. Tasks that calls or destructors
/// spawned get the remaining time to clean up. A call that blocks its thread cannot be dropped, and is
/// abandoned.
///
/// Returns immediately if no call is running or has just ended.
pub(crate) async fn stop(limit: Duration) {
    let Some(runtime) = RUNTIME.get() else { return };
    let tasks_before = {
        let state = THREADS.lock();
        if state.queue.is_idle() && state.idle_since.is_none_or(|since| since.elapsed() > JUST_NOW) {
            return;
        }
        state.tasks_before
    };
    PHASE.send_replace(Phase::Stopping);
    let busy = || !THREADS.lock().queue.is_idle();
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
    queue: Queue<Work>,
    /// When the last call ended; `None` while a call runs.
    idle_since: Option<Instant>,
    /// The number of plugin tasks when the oldest running (or most recent) call began.
    tasks_before: usize,
}

impl State {
    const fn new() -> Self {
        Self { queue: Queue::new(RESIDENT, CALLS), idle_since: None, tasks_before: 0 }
    }
}

impl Threads {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Queues work for a thread. If all threads are busy, returns the work's ticket.
    fn take(&self, work: Work, runtime: &Handle) -> io::Result<Option<u64>> {
        let mut state = self.lock();
        if state.queue.is_idle() {
            state.tasks_before = runtime.metrics().num_alive_tasks();
            state.idle_since = None;
        }
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
                let _ = catch_unwind(AssertUnwindSafe(|| runtime.block_on(until_dropped(work))));
                state = self.lock();
                continue;
            }
            state.queue.waits();
            if state.queue.is_idle() && state.idle_since.is_none() {
                state.idle_since = Some(Instant::now());
            }
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

/// Returns the future's output, or its panic payload.
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
    async fn blocking_calls_do_not_delay_others() {
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
    async fn uncaught_panic_fails_only_its_call() {
        assert!(run(async { panic!("no thread is lost") }).await.is_err());
        for n in 0..2 * RESIDENT {
            assert_eq!(run(async move { n }).await.unwrap(), n);
        }
    }

    /// The maximum number of calls, each of which needs another thread.
    #[tokio::test]
    async fn calls_that_need_the_pool_do_not_deadlock() {
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
