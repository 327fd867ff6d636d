//! The threads that run plugins' code.
//!
//! The host's connection is served by the main thread, which never waits for a plugin: a handler that
//! blocks, as code from the Go world or a synchronous SDK does, stops neither the health check nor the
//! shutdown, nor another call. So each call has a thread of its own while it lasts, where its future is
//! driven; that is what a goroutine is in a Go plugin.
//!
//! Two threads are enough for calls that compute: they take one after the other, and nobody has to be woken
//! up for each. A call that they leave waiting gets a further thread, because both of them may be blocked.

use std::any::Any;
use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::{Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::Poll;
use std::time::Duration;

use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::oneshot;

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

static RUNTIME: OnceLock<io::Result<Runtime>> = OnceLock::new();
static THREADS: Threads = Threads { state: Mutex::new(State::new()), work: Condvar::new() };

type Work = BoxFuture<'static, ()>;

/// Runs a plugin's future on a thread of its own. Giving up on this does not stop it, as nothing stops
/// a Go plugin's handler when its host has gone away.
pub(crate) async fn run<F>(work: F) -> Result<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    let (started, begun) = oneshot::channel();
    let (done, output) = oneshot::channel();
    // Behind a pointer, so that all that follows is in a binary once, and not for each method.
    let work = Box::pin(async move {
        // Nobody may wait any more, for either.
        let _ = started.send(());
        let _ = done.send(work.await);
    });
    start(work, begun).await?;
    Ok(output.await?)
}

/// Until the work has a thread, or will get the next one that there is.
async fn start(work: Work, begun: oneshot::Receiver<()>) -> Result<()> {
    let runtime = RUNTIME.get_or_init(|| {
        Builder::new_multi_thread()
            .worker_threads(DRIVERS)
            .max_blocking_threads(CALLS)
            .thread_name("plugwright")
            .enable_all()
            .build()
    });
    let no_thread = |error: &io::Error| Error::msg(format!("no thread for plugins: {error}"));
    let runtime = runtime.as_ref().map_err(no_thread)?;
    if THREADS.take(work, runtime.handle()).map_err(|error| no_thread(&error))? {
        return Ok(());
    }
    if tokio::time::timeout(PATIENCE, begun).await.is_err() {
        // Without a further one it waits for those that there are.
        let _ = THREADS.lock().grow(runtime.handle());
    }
    Ok(())
}

struct Threads {
    state: Mutex<State>,
    work: Condvar,
}

struct State {
    waiting: VecDeque<Work>,
    threads: usize,
    idle: usize,
}

impl Threads {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether there is a thread that has nothing else to do.
    fn take(&self, work: Work, runtime: &Handle) -> io::Result<bool> {
        let mut state = self.lock();
        state.waiting.push_back(work);
        if state.idle >= state.waiting.len() {
            drop(state);
            self.work.notify_one();
            return Ok(true);
        }
        if state.threads >= RESIDENT {
            return Ok(false);
        }
        match state.grow(runtime) {
            Ok(()) => Ok(true),
            Err(_) if state.threads > 0 => Ok(false),
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
                drop(state);
                // A call's own panic is caught in it.
                let _ = catch_unwind(AssertUnwindSafe(|| runtime.block_on(work)));
                state = self.lock();
                continue;
            }
            state.idle += 1;
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
    const fn new() -> Self {
        Self { waiting: VecDeque::new(), threads: 0, idle: 0 }
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
