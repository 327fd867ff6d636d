//! A future behind a pointer.

use std::future::Future;
use std::pin::Pin;

/// Of any kind, to be polled by any thread.
pub(crate) type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;
