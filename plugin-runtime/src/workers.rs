//! The threads that run plugins' code.
//!
//! The host's connection is served by the main thread, which never waits for a plugin: a handler that
//! blocks, as code from the Go world or a synchronous SDK does, stops neither the health check nor the
//! shutdown, nor another call. So each call gets a thread of its own from tokio's pool of blocking
//! threads, where its future is driven; that is what a goroutine is in a Go plugin.

use std::any::Any;
use std::future::{Future, poll_fn};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::OnceLock;
use std::task::Poll;

use tokio::runtime::{Builder, Runtime};
use tokio::sync::{Semaphore, oneshot};

use crate::future::BoxFuture;
use crate::{Error, Result};

/// The threads that drive timers, sockets and what a plugin spawns; the calls themselves are not on
/// them. Two, so that a spawned task that blocks one does not stop the timers of all.
const DRIVERS: usize = 2;

/// How many calls run at once; more wait. No Velero comes near it.
const CALLS: usize = 512;

/// The pool has threads for all calls, and as many again for what calls do on it (`tokio::fs`,
/// `spawn_blocking`): else they could wait for each other for ever.
const THREADS: usize = 2 * CALLS;

static RUNTIME: OnceLock<io::Result<Runtime>> = OnceLock::new();
static PERMITS: Semaphore = Semaphore::const_new(CALLS);

/// Runs a plugin's future on a thread of its own. Giving up on this does not stop it once it runs, as
/// nothing stops a Go plugin's handler when its host has gone away.
pub(crate) async fn run<F>(work: F) -> Result<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    let (done, output) = oneshot::channel();
    // Behind a pointer, so that all that follows is in a binary once, and not for each method.
    start(Box::pin(async move {
        // Nobody may wait any more.
        let _ = done.send(work.await);
    }))
    .await?;
    Ok(output.await?)
}

async fn start(work: BoxFuture<'static, ()>) -> Result<()> {
    let started = RUNTIME.get_or_init(|| {
        Builder::new_multi_thread()
            .worker_threads(DRIVERS)
            .max_blocking_threads(THREADS)
            .thread_name("plugwright")
            .enable_all()
            .build()
    });
    let runtime = started.as_ref().map_err(|error| Error::msg(format!("no thread for plugins: {error}")))?;
    let permit = PERMITS.acquire().await?;
    let handle = runtime.handle().clone();
    runtime.spawn_blocking(move || {
        handle.block_on(work);
        drop(permit);
    });
    Ok(())
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
