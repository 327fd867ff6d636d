//! The threads that run plugin code.
//!
//! A handler that blocks, for example in a synchronous SDK, does not delay health checks, shutdown or other calls,
//! like a goroutine in a Go plugin. A short call runs on the thread that read it ([`inline`]). If too many run
//! there, the call's future is driven on its own thread while it lasts.
//!
//! At shutdown, running calls are notified first and dropped later ([`stop`]).
//!
//! Two own threads suffice for calls that compute: they run calls in turn without waking another thread for each.
//! A call left waiting gets an additional thread, because both may be blocked. [`queue`] decides this.

mod inline;
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
use tracing::Span;

use crate::{Error, Result};
use go_plugin::BoxFuture;
use go_plugin::hclog::panic_text;
pub(crate) use inline::runtime as serving_runtime;
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

/// A call, which sends its output itself. It ends with its output or when it is dropped at shutdown.
struct Work {
    /// `None` after its end, and while it is dropped.
    future: Option<BoxFuture<'static, ()>>,
    span: Span,
    /// Resolves when running calls are dropped; made for calls that wait.
    dropping: Option<BoxFuture<'static, ()>>,
}

impl Future for Work {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let Self { future, span, dropping } = &mut *self;
        let _in_span = span.enter();
        let Some(running) = future else { return Poll::Ready(()) };
        if running.as_mut().poll(cx).is_pending() {
            let dropping = dropping.get_or_insert_with(|| Box::pin(reached(Phase::Dropping)));
            if dropping.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
        }
        *future = None;
        Poll::Ready(())
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        let _in_span = self.span.enter();
        self.future = None;
    }
}

/// Runs a plugin's future in this span. Dropping the result does not stop the call, just as a Go plugin's handler
/// continues when its host is gone.
///
/// Fails if no thread can be created or if the future ended without an output.
pub(crate) fn run<F>(work: F, span: Span) -> Running<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    let (output, work) = with_output(work, span);
    Running { output, place: place(work) }
}

/// Like [`run`], but on another thread than the one that serves the connection, for a call that works while the host
/// reads.
pub(crate) fn run_on_thread<F>(work: F, span: Span) -> Running<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    let (output, work) = with_output(work, span);
    Running { output, place: Place::Thread(start(work)) }
}

fn with_output<F>(work: F, span: Span) -> (oneshot::Receiver<F::Output>, Work)
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    let (done, output) = oneshot::channel();
    let future = Box::pin(async move {
        // The receiver may be gone.
        let _ = done.send(work.await);
    });
    (output, Work { future: Some(future), span, dropping: None })
}

/// The output of a plugin's future. Only the channel is generic, so that running and waiting are compiled once.
pub(crate) struct Running<R> {
    output: oneshot::Receiver<R>,
    place: Place,
}

impl<R> Future for Running<R> {
    type Output = Result<R>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<R>> {
        if self.place.poll_here(cx).is_pending() {
            return Poll::Pending;
        }
        match Pin::new(&mut self.output).poll(cx) {
            Poll::Ready(Ok(output)) => Poll::Ready(Ok(output)),
            Poll::Ready(Err(_)) => Poll::Ready(Err(self.place.error())),
            Poll::Pending => {
                self.place.poll_thread(cx);
                Poll::Pending
            }
        }
    }
}

/// Where a call runs.
enum Place {
    /// On the thread that polls it.
    Here(Here),
    /// On another thread, or it has ended.
    Thread(Wait),
}

fn place(work: Work) -> Place {
    if inline::is_server()
        && let Ok(runtime) = runtime()
    {
        return Place::Here(Here::new(work, runtime));
    }
    Place::Thread(start(work))
}

impl Place {
    /// Runs the call if it runs here. `Ready` if it has ended, or runs on another thread.
    fn poll_here(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if let Self::Here(here) = self {
            let Some(slot) = inline::Slot::take() else {
                // Counted until the thread has it.
                let call = here.call.take();
                *self = Self::Thread(call.map_or(Wait::Output, |(work, _counted)| start(work)));
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

    fn poll_thread(&mut self, cx: &mut Context<'_>) {
        if let Self::Thread(wait) = self {
            wait.poll(cx);
        }
    }

    fn error(&self) -> Error {
        match self {
            Self::Thread(wait) => wait.error(),
            Self::Here(_) => Wait::Output.error(),
        }
    }
}

/// A call on the thread that polls it, until it has ended or is dropped.
struct Here {
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
    let mut builder = Builder::new_multi_thread();
    builder.worker_threads(DRIVERS).max_blocking_threads(CALLS).thread_name("plugwright").enable_all();
    let created = build(&mut builder)?;
    Ok(RUNTIME.get_or_init(|| created).handle())
}

/// Builds a runtime. Fails if the system has too few threads left.
fn build(builder: &mut Builder) -> io::Result<Runtime> {
    // If a thread is missing, tokio panics. Outside another runtime, it would then wait for the other threads for ever.
    let outside =
        Handle::try_current().is_err().then(|| Builder::new_current_thread().build()).transpose()?;
    let mut create = || catch_unwind(AssertUnwindSafe(|| builder.build()));
    let created = match outside {
        Some(outside) => outside.block_on(async { create() }),
        None => create(),
    };
    created.unwrap_or_else(|panic| Err(io::Error::other(panic_text(&*panic).to_owned())))
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
    queue: Queue<Work>,
    /// The number of calls on the threads that serve the connection.
    here: usize,
    /// When the last call ended; `None` while a call runs.
    idle_since: Option<Instant>,
    /// The number of plugin tasks when the oldest running (or most recent) call began.
    tasks_before: usize,
}

impl State {
    const fn new() -> Self {
        Self { queue: Queue::new(RESIDENT, CALLS), here: 0, idle_since: None, tasks_before: 0 }
    }

    /// Whether no call is running or waiting.
    fn is_idle(&self) -> bool {
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
    fn begin(&mut self, runtime: &Handle) {
        self.before_call(runtime);
        self.here += 1;
    }

    fn end(&mut self) {
        self.here -= 1;
        self.after_call();
    }
}

impl Threads {
    fn lock(&self) -> MutexGuard<'_, State> {
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

    /// Runs this on a thread that serves connections.
    fn on_server<T: Send + 'static>(runtime: &Runtime, work: impl Future<Output = T> + Send + 'static) -> T {
        let done = async { tokio::time::timeout(Duration::from_secs(60), tokio::spawn(work)).await };
        runtime.block_on(done).unwrap().unwrap()
    }

    #[test]
    fn blocking_calls_do_not_block_the_threads_of_the_connection() {
        let runtime = serving_runtime().unwrap();
        let (release, blocked) = std::sync::mpsc::channel::<()>();
        let blocked = Arc::new(Mutex::new(blocked));
        let calls: Vec<_> = (0..4)
            .map(|_| {
                let blocked = Arc::clone(&blocked);
                runtime.spawn(run(async move { blocked.lock().unwrap().recv().is_err() }))
            })
            .collect();
        assert_eq!(on_server(&runtime, run(async { 7 })).unwrap(), 7);
        drop(release);
        for call in calls {
            assert!(on_server(&runtime, call).unwrap().unwrap());
        }
    }

    #[test]
    fn cancelled_call_continues() {
        let runtime = serving_runtime().unwrap();
        let (go, gone) = oneshot::channel::<()>();
        let (done, ended) = oneshot::channel();
        let call = runtime.spawn(run(async move {
            let _ = gone.await;
            // Tasks of plugins are independent of the connection.
            let _ = done.send(tokio::spawn(async { 7 }).await.unwrap());
        }));
        on_server(&runtime, tokio::task::yield_now());
        call.abort();
        assert!(on_server(&runtime, call).unwrap_err().is_cancelled());
        go.send(()).unwrap();
        assert_eq!(on_server(&runtime, ended).unwrap(), 7);
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
