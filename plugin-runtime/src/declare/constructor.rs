//! The forms that a constructor may have.

use std::future::Future;

use crate::future::BoxFuture;
use crate::{Context, Error, Result};

/// A function that makes a plugin of type `T`: plain or async, of no argument or of `&Context`,
/// returning `T` or a `Result` of it.
///
/// It is called when the host first uses the plugin. What it makes is kept; after an error it is
/// called again on the next use, as Velero's own framework does (`server_mux.go`, `GetHandler`).
/// `Form` tells the implementations apart and is always inferred.
#[diagnostic::on_unimplemented(
    message = "this cannot make a `{T}`",
    label = "`new = …` needs a function of no argument or of `&Context`, plain or async, that returns `{T}` or `Result<{T}>`",
    note = "for example `fn new(cx: &Context) -> Result<Self>` with `new = {T}::new`"
)]
pub trait Constructor<T, Form>: Send + Sync + 'static {
    /// Makes one.
    #[doc(hidden)]
    fn make(&self, cx: &'static Context) -> BoxFuture<'static, Result<T>>;
}

/// The forms, for inference only.
#[doc(hidden)]
pub mod form {
    #[derive(Debug)]
    pub struct Alone<Out>(Out);
    #[derive(Debug)]
    pub struct FromContext<Out>(Out);
    #[derive(Debug)]
    pub struct Plain;
    #[derive(Debug)]
    pub struct Fallible;
    #[derive(Debug)]
    pub struct Async<Out>(Out);
}
use form::{Alone, Async, Fallible, FromContext, Plain};

impl<T, F, R, Out> Constructor<T, Alone<Out>> for F
where
    F: Fn() -> R + Send + Sync + 'static,
    R: Made<T, Out>,
{
    fn make(&self, _: &'static Context) -> BoxFuture<'static, Result<T>> {
        self().made()
    }
}

impl<T, F, R, Out> Constructor<T, FromContext<Out>> for F
where
    F: Fn(&'static Context) -> R + Send + Sync + 'static,
    R: Made<T, Out>,
{
    fn make(&self, cx: &'static Context) -> BoxFuture<'static, Result<T>> {
        self(cx).made()
    }
}

/// What a constructor may return.
#[doc(hidden)]
pub trait Made<T, Form> {
    fn made(self) -> BoxFuture<'static, Result<T>>;
}

impl<T: Send + 'static> Made<T, Plain> for T {
    fn made(self) -> BoxFuture<'static, Result<T>> {
        Box::pin(std::future::ready(Ok(self)))
    }
}

impl<T: Send + 'static, E: Into<Error>> Made<T, Fallible> for Result<T, E> {
    fn made(self) -> BoxFuture<'static, Result<T>> {
        Box::pin(std::future::ready(self.map_err(Into::into)))
    }
}

impl<T, F, Out> Made<T, Async<Out>> for F
where
    F: Future + Send + 'static,
    F::Output: Made<T, Out>,
{
    fn made(self) -> BoxFuture<'static, Result<T>> {
        Box::pin(async move { self.await.made().await })
    }
}
