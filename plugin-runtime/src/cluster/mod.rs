//! Access to the Kubernetes API (feature `kube`): methods of [`Context`](crate::Context).
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

/// Sets the location of an async method's error to its caller: `#[track_caller]` does not work in futures.
#[track_caller]
fn located<T>(work: impl Future<Output = Result<T>> + Send) -> impl Future<Output = Result<T>> + Send {
    let caller = Location::caller();
    async move { work.await.map_err(|error| error.at(caller)) }
}
