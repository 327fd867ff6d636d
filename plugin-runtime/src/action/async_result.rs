//! The return type of the traits' methods.

use std::future::Future;

use crate::Result;

/// The return type of a plugin method: the future of an `async fn` that returns a [`Result`](crate::Result)
/// of `T`.
///
/// `-> impl AsyncResult<RestoreOutput> + Send` in a trait is `async fn … -> Result<RestoreOutput>` in its
/// impl. The trait exists for its compile error.
#[diagnostic::on_unimplemented(
    message = "expected an `async fn` that returns `Result<{T}>`",
    label = "expected `async fn … -> Result<{T}>`",
    note = "`Result` is `plugwright::Result`, exported by the prelude; `?` converts other errors, including `anyhow::Error`"
)]
pub trait AsyncResult<T>: Future<Output = Result<T>> {}

#[diagnostic::do_not_recommend]
impl<T, F: Future<Output = Result<T>>> AsyncResult<T> for F {}
