//! Waiting for something, with a limit.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};

/// Longer than anything here takes.
const LIMIT: Duration = Duration::from_secs(60);

/// Looks again and again, until something is found; `what` is for the error.
pub async fn until<T>(what: &str, look: impl AsyncFn() -> Result<Option<T>>) -> Result<T> {
    let started = Instant::now();
    loop {
        if let Some(found) = look().await? {
            return Ok(found);
        }
        if started.elapsed() > LIMIT {
            bail!("waited {} s for: {what}", LIMIT.as_secs());
        }
        tokio::time::sleep(Duration::from_millis(40)).await;
    }
}
