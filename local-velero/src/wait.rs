//! Polls a condition, up to a limit.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};

/// Exceeds all expected durations.
const LIMIT: Duration = Duration::from_secs(60);

/// Polls until `look` returns a value. `what` describes the condition, for the error.
pub async fn until<T>(what: &str, look: impl AsyncFn() -> Result<Option<T>>) -> Result<T> {
    until_within(LIMIT, what, look).await
}

/// [`until`] with another limit.
pub async fn until_within<T>(
    limit: Duration,
    what: &str,
    look: impl AsyncFn() -> Result<Option<T>>,
) -> Result<T> {
    let started = Instant::now();
    loop {
        if let Some(found) = look().await? {
            return Ok(found);
        }
        if started.elapsed() > limit {
            bail!("timed out after {} s: {what}", limit.as_secs());
        }
        tokio::time::sleep(Duration::from_millis(40)).await;
    }
}
