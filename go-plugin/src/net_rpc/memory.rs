//! The memory limits of a connection's messages.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The maximum message size. A request for access contains a Kubernetes object and an application's metadata,
/// of at most 1.5 MiB each in etcd. Go's own limit is 1 GiB.
pub(super) const MESSAGE: usize = 16 << 20;

/// The memory limit of a value and its message, as a multiple of the message's length. Text takes twice its
/// length, the shortest parts of an object four to five times.
const FACTOR: usize = 8;

/// The minimum memory limit of a value.
const LEAST: usize = 64 << 10;

/// The limit for everything received on a connection and not yet answered: one message of maximum size, or as
/// many shorter ones as fit. If it is exhausted, the connection is not read.
const POOL: usize = FACTOR * MESSAGE + LEAST;

/// The unit of permits.
const UNIT: usize = 1 << 10;

/// Shared by all streams of a connection.
#[derive(Debug, Clone)]
pub(super) struct Memory {
    pool: Arc<Semaphore>,
}

/// The memory of one message, released on drop.
#[derive(Debug)]
pub(crate) struct Share {
    _permit: OwnedSemaphorePermit,
    value: usize,
}

impl Memory {
    pub(super) fn new() -> Self {
        Self { pool: Arc::new(Semaphore::new(POOL / UNIT)) }
    }

    /// Reserves memory for a message of this length, at most [`MESSAGE`]; waits until enough is available.
    /// `None` if it never will be.
    pub(super) async fn for_message(&self, length: usize) -> Option<Share> {
        let all = length.checked_mul(FACTOR)?.checked_add(LEAST)?;
        let permits = u32::try_from(all / UNIT).ok()?;
        let permit = Arc::clone(&self.pool).acquire_many_owned(permits).await.ok()?;
        Some(Share { _permit: permit, value: all.saturating_sub(length) })
    }

    #[cfg(test)]
    pub(super) fn free(&self) -> usize {
        self.pool.available_permits() * UNIT
    }
}

impl Share {
    /// The memory limit of the value besides the message.
    pub(crate) fn for_value(&self) -> usize {
        self.value
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::future::now;

    #[test]
    fn one_message_of_maximum_size_or_many_short_ones_fit() {
        let memory = Memory::new();
        let share = |length| now(memory.for_message(length)).map(|share| share.expect("it may fit"));
        let all = memory.free();
        assert!(all > 0);

        let longest = share(MESSAGE).expect("it fits");
        // The value may take several times as much as its message.
        assert_eq!(longest.for_value(), 7 * MESSAGE + (64 << 10));
        assert_eq!(memory.free(), 0);
        assert!(share(0).is_none(), "it waits");
        drop(longest);
        assert_eq!(memory.free(), all);

        let short: Vec<_> = std::iter::from_fn(|| share(1024)).take(10_000).collect();
        assert_eq!(short.len(), all / (8 * 1024 + (64 << 10)));
        assert_eq!(short[0].for_value(), 7 * 1024 + (64 << 10));
        drop(short);
        assert_eq!(memory.free(), all);
    }

    #[test]
    fn message_that_never_fits_is_refused() {
        assert!(now(Memory::new().for_message(usize::MAX)).unwrap().is_none());
    }
}
