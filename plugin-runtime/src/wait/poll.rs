//! [`poll()`]: polls until a result or a timeout.

use std::future::Future;
use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior, interval_at, timeout_at};

use crate::error::{Error, Result};
use crate::types::go_duration;

/// Calls `look` once per interval until it returns a value, or fails after `limit`.
///
/// `look` returns the value, or `None` to continue; an error ends the wait. The first call is immediate.
/// A call that is running when the limit ends is dropped, even the first: if the limit may be zero, call once before.
/// Velero sets no timeout for a plugin, so a plugin that waits needs one.
///
/// ```
/// # use std::time::Duration;
/// # use plugwright::wait::poll;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> plugwright::Result<()> {
/// # async fn snapshot_of(_: &str) -> plugwright::Result<Option<String>> { Ok(Some("snap-1".into())) }
/// let volume = "vol-1";
/// let snapshot = poll(Duration::from_secs(5), Duration::from_secs(600), || snapshot_of(volume)).await?;
/// assert_eq!(snapshot, "snap-1");
/// # Ok(())
/// # }
/// ```
///
/// The error contains the duration; add the purpose with `.context("waiting for the snapshot")`.
pub async fn poll<T, F, Look>(every: Duration, limit: Duration, mut look: F) -> Result<T>
where
    F: FnMut() -> Look,
    Look: Future<Output = Result<Option<T>>>,
{
    let started = Instant::now();
    // A limit beyond the clock's range means no limit.
    let end = started.checked_add(limit);
    let looking = async {
        // tokio panics on a zero interval.
        let every = every.max(Duration::from_millis(1));
        let mut ticks = interval_at(started, every);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            if let Some(found) = look().await? {
                return Ok(found);
            }
        }
    };
    match end {
        None => looking.await,
        Some(end) => match timeout_at(end, looking).await {
            Ok(found) => found,
            Err(_) => Err(Error::msg(format_args!("timed out after {}", go_duration::format(limit)))),
        },
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    const STEP: Duration = Duration::from_millis(1);
    const LONG: Duration = Duration::from_secs(60);

    #[tokio::test]
    async fn polls_until_a_value() {
        let looks = Cell::new(0);
        let found = poll(STEP, LONG, || {
            looks.set(looks.get() + 1);
            let found = (looks.get() == 3).then_some("there");
            async move { Ok(found) }
        });
        assert_eq!(found.await.unwrap(), "there");
        assert_eq!(looks.get(), 3);
    }

    #[tokio::test]
    async fn times_out_during_a_call() {
        let never = poll::<(), _, _>(STEP, 20 * STEP, || async { Ok(None) });
        assert_eq!(never.await.unwrap_err().to_string(), "timed out after 20ms");
        let stuck = poll::<(), _, _>(STEP, 20 * STEP, std::future::pending);
        assert_eq!(stuck.await.unwrap_err().to_string(), "timed out after 20ms");
    }

    #[tokio::test]
    async fn error_ends_the_wait() {
        let failed = poll::<(), _, _>(STEP, Duration::MAX, || async { crate::bail!("gone") });
        assert_eq!(failed.await.unwrap_err().to_string(), "gone");
    }

    #[tokio::test]
    async fn zero_limit_is_one_call() {
        let found = poll(Duration::ZERO, Duration::ZERO, || async { Ok(Some(1)) });
        assert_eq!(found.await.unwrap(), 1);
    }
}
