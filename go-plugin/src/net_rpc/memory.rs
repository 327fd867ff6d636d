//! What the messages of a connection may take of memory.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The longest message. A request for access is a Kubernetes object and an application's metadata, of at most 1.5 MiB
/// each in etcd. Go's own limit is 1 GiB.
pub(super) const MESSAGE: usize = 16 << 20;

/// How many times its length a value may take, with the message itself. Text takes twice its length, the shortest
/// parts of an object four to five times.
const FACTOR: usize = 8;

/// What any value may take.
const LEAST: usize = 64 << 10;

/// For all that has come on a connection and is not answered yet: one message of the greatest length, or all those
/// shorter ones that fit. Where that is used up, the connection is not read.
const POOL: usize = FACTOR * MESSAGE + LEAST;

/// Permits count in these.
const UNIT: usize = 1 << 10;

/// Shared by all streams of a connection.
#[derive(Debug, Clone)]
pub(super) struct Memory {
    pool: Arc<Semaphore>,
}

/// What one message may take, given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Share {
    _permit: OwnedSemaphorePermit,
    value: usize,
}

impl Memory {
    pub(super) fn new() -> Self {
        Self { pool: Arc::new(Semaphore::new(POOL / UNIT)) }
    }

    /// For a message of this length, of at most [`MESSAGE`]; waits until there is enough. None where there never will
    /// be.
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
    /// What the value may take beside the message.
    pub(crate) fn for_value(&self) -> usize {
        self.value
    }
}
