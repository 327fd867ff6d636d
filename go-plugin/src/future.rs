//! A future behind a pointer.

use std::future::Future;
use std::pin::Pin;

/// A boxed future that any thread may poll.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;
