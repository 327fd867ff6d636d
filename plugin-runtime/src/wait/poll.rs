//! [`poll()`]: looks again and again.

use std::future::Future;
use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior, interval_at, timeout_at};

use crate::error::{Error, Result};
use crate::types::go_duration;

/// Looks every so often whether something is there yet, and gives up after `limit`.
///
/// `look` returns what was waited for, or `None` to be asked again; its error ends the wait. The first look is at once.
/// A look that is running when the limit is over is given up, even the first: with a limit that may be zero, look once
/// before.
/// Velero waits for a plugin without any limit of its own, so a plugin that waits needs one.
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
/// The error says how long it was; the caller says what for: `.context("waiting for the snapshot")`.
pub async fn poll<T, F, Look>(every: Duration, limit: Duration, mut look: F) -> Result<T>
where
    F: FnMut() -> Look,
    Look: Future<Output = Result<Option<T>>>,
{
    let started = Instant::now();
    // A limit that no clock can hold is none.
    let end = started.checked_add(limit);
    let looking = async {
        // An interval must not be zero.
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
            Err(_) => Err(Error::msg(format_args!("gave up after {}", go_duration::format(limit)))),
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
    async fn looks_until_it_is_there() {
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
    async fn gives_up_also_in_the_middle_of_a_look() {
        let never = poll::<(), _, _>(STEP, 20 * STEP, || async { Ok(None) });
        assert_eq!(never.await.unwrap_err().to_string(), "gave up after 20ms");
        let stuck = poll::<(), _, _>(STEP, 20 * STEP, std::future::pending);
        assert_eq!(stuck.await.unwrap_err().to_string(), "gave up after 20ms");
    }

    #[tokio::test]
    async fn an_error_ends_the_wait() {
        let failed = poll::<(), _, _>(STEP, Duration::MAX, || async { crate::bail!("gone") });
        assert_eq!(failed.await.unwrap_err().to_string(), "gone");
    }

    #[tokio::test]
    async fn no_time_is_one_look() {
        let found = poll(Duration::ZERO, Duration::ZERO, || async { Ok(Some(1)) });
        assert_eq!(found.await.unwrap(), 1);
    }
}
