//! A rendezvous by number: one side brings a value, the other waits for it, in either order (go-plugin
//! `mux_broker.go` and `grpc_broker.go`, `getStream`).

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::Instant;

/// How long each side waits for the other, as in Go.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);

/// The number of values kept for later.
const KEPT: usize = 1024;

/// The entries.
#[derive(Debug)]
pub(crate) struct Pending<T> {
    places: Mutex<HashMap<u32, Place<T>>>,
}

#[derive(Debug)]
enum Place<T> {
    Arrived(T, Instant),
    Awaited(oneshot::Sender<T>),
}

impl<T> Default for Pending<T> {
    fn default() -> Self {
        Self { places: Mutex::default() }
    }
}

impl<T> Pending<T> {
    /// Returns the entries with a waiter or a recent value.
    fn places(&self) -> MutexGuard<'_, HashMap<u32, Place<T>>> {
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        places.retain(|_, place| match place {
            Place::Arrived(_, since) => since.elapsed() < PATIENCE,
            Place::Awaited(sender) => !sender.is_closed(),
        });
        places
    }

    /// Passes the value to a current or later waiter. An earlier value without a receiver is dropped.
    pub(crate) fn arrive(&self, id: u32, value: T) {
        let mut places = self.places();
        let value = match places.remove(&id) {
            Some(Place::Awaited(sender)) => match sender.send(value) {
                Ok(()) => return,
                Err(value) => value,
            },
            _ => value,
        };
        if places.len() < KEPT {
            places.insert(id, Place::Arrived(value, Instant::now()));
        }
    }

    /// Returns the value that has arrived, or arrives within [`PATIENCE`]. An earlier waiter for the same
    /// number gets nothing.
    pub(crate) async fn wait(&self, id: u32) -> Option<T> {
        let receiver = {
            let mut places = self.places();
            if let Some(Place::Arrived(value, _)) = places.remove(&id) {
                return Some(value);
            }
            let (sender, receiver) = oneshot::channel();
            places.insert(id, Place::Awaited(sender));
            receiver
        };
        tokio::time::timeout(PATIENCE, receiver).await.ok()?.ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn value_and_receiver_meet_in_either_order() {
        let pending = Pending::default();
        pending.arrive(1, "one");
        assert_eq!(pending.wait(1).await, Some("one"));
        let (two, ()) = tokio::join!(pending.wait(2), async { pending.arrive(2, "two") });
        assert_eq!(two, Some("two"));
        // Each value has one receiver.
        assert!(pending.places().is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn each_side_waits_for_five_seconds() {
        let pending = Pending::default();
        pending.arrive(1, "one");
        tokio::time::advance(PATIENCE.mul_f32(0.99)).await;
        assert_eq!(pending.wait(1).await, Some("one"));

        pending.arrive(2, "two");
        tokio::time::advance(PATIENCE).await;
        assert!(pending.places().is_empty());
        let waiting = Instant::now();
        assert_eq!(pending.wait(2).await, None);
        assert_eq!(waiting.elapsed().as_secs(), PATIENCE.as_secs());
        assert!(pending.places().is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn the_latest_value_and_the_latest_waiter_count() {
        let pending = Pending::default();
        pending.arrive(1, "old");
        pending.arrive(1, "new");
        assert_eq!(pending.wait(1).await, Some("new"));
        let (earlier, later, ()) =
            tokio::join!(pending.wait(2), pending.wait(2), async { pending.arrive(2, "two") });
        assert_eq!((earlier, later), (None, Some("two")));
    }

    #[test]
    fn the_number_of_kept_values_is_bounded() {
        let pending = Pending::default();
        for id in 0..2_000 {
            pending.arrive(id, id);
        }
        assert_eq!(pending.places().len(), KEPT);
    }
}
