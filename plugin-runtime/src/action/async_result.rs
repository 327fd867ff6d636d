//! What the methods of the traits return.

use std::future::Future;

use crate::Result;

/// What a plugin's method returns: the future of an `async fn` that returns a [`Result`](crate::Result) of `T`.
///
/// `-> impl AsyncResult<RestoreOutput> + Send` in a trait is `async fn … -> Result<RestoreOutput>` in its impl. The trait
/// is there for the compiler's words about a method that is not.
#[diagnostic::on_unimplemented(
    message = "this method has to be an `async fn` that returns `Result<{T}>`",
    label = "expected `async fn … -> Result<{T}>`",
    note = "`Result` is `plugwright::Result`, which the prelude has; `?` turns other errors into its own, `anyhow::Error` too"
)]
pub trait AsyncResult<T>: Future<Output = Result<T>> {}

#[diagnostic::do_not_recommend]
impl<T, F: Future<Output = Result<T>>> AsyncResult<T> for F {}
