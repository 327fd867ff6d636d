//! Kubernetes' API, from a plugin (feature `kube`): methods of [`Context`](crate::Context).
//!
//! ```text
//! client ──► plugin_config (types/settings: text → the author's type)
//!        ├─► velero (the Backup behind a Restore, storage locations, their Secrets)
//!        └─► wait
//! ```

mod api;
mod client;
mod plugin_config;
#[cfg(test)]
pub(crate) mod testing;
mod velero;

pub(crate) use client::Shared;

use std::future::Future;
use std::panic::Location;

use crate::Result;

/// The error of an async method with the place where the method was called: `#[track_caller]` does not reach into
/// futures.
#[track_caller]
fn located<T>(work: impl Future<Output = Result<T>> + Send) -> impl Future<Output = Result<T>> + Send {
    let caller = Location::caller();
    async move { work.await.map_err(|error| error.at(caller)) }
}
