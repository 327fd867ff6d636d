//! The threads that run plugin code.
//!
//! A handler that blocks, for example in a synchronous SDK, does not delay health checks, shutdown or other calls,
//! like a goroutine in a Go plugin. A short call runs on the thread that read it ([`inline`]). If too many run
//! there, the call's future is driven on its own thread while it lasts.
//!
//! At shutdown, running calls are notified first and dropped later ([`stop`]).
//!
//! Two own threads suffice for calls that compute: they run calls in turn without waking another thread for each.
//! A call left waiting gets an additional thread, because both may be blocked. [`queue`] decides this, and [`threads`] starts them.

mod inline;
mod place;
mod queue;
mod threads;

use std::any::Any;
use std::future::{Future, poll_fn};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::{LazyLock, Mutex, OnceLock, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::{oneshot, watch};
use tokio::time::Instant;
use tracing::Span;

use crate::Result;
use go_plugin::BoxFuture;
use go_plugin::hclog::panic_text;
pub(crate) use inline::runtime as serving_runtime;
use place::Place;
use threads::THREADS;

/// The number of threads that drive timers, sockets and tasks spawned by plugins; calls do not run on them.
/// With two, a spawned task that blocks one does not stop all timers.
const DRIVERS: usize = 2;

/// Maximum number of concurrent calls; further calls wait. Velero stays far below it.
const CALLS: usize = 512;

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
    let (done, output) = oneshot::channel();
    let future = Box::pin(async move {
        // The receiver may be gone.
        let _ = done.send(work.await);
    });
    Running { output, place: Place::of(Work { future: Some(future), span, dropping: None }) }
}

/// The output of a plugin's future. Only the channel is generic, so that running and waiting are compiled once.
pub(crate) struct Running<R> {
    output: oneshot::Receiver<R>,
    place: Place,
}

impl<R> Running<R> {
    /// Moves the call to another thread, if it would run on the one that polls it.
    pub(crate) fn move_to_thread(&mut self) {
        self.place.move_to_thread();
    }
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

    use super::threads::RESIDENT;
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
