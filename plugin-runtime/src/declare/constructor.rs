//! The supported forms of constructors.

use std::future::Future;

use crate::{Context, Error, Result};
use go_plugin::BoxFuture;

/// A function that constructs a plugin of type `T`: sync or async, with no argument or `&Context`, returning
/// `T` or a `Result` of it.
///
/// Called when the host first uses the plugin. The result is kept; after an error, the next use calls it
/// again, as Velero's own framework does (`server_mux.go`, `GetHandler`). `Form` distinguishes the
/// implementations and is always inferred.
#[diagnostic::on_unimplemented(
    message = "this function cannot construct `{T}`",
    label = "`new = …` requires a function, sync or async, that takes no argument or a `&Context` and returns `{T}` or `Result<{T}>`",
    note = "for example `fn new(cx: &Context) -> Result<Self>` with `new = {T}::new`"
)]
pub trait Constructor<T, Form>: Send + Sync + 'static {
    /// Constructs the plugin.
    #[doc(hidden)]
    fn make<'a>(&self, cx: &'a Context) -> BoxFuture<'a, Result<T>>;
}

/// The forms, used only for inference.
#[doc(hidden)]
pub(super) mod form {
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
    R: Made<'static, T, Out>,
{
    fn make<'a>(&self, _: &'a Context) -> BoxFuture<'a, Result<T>> {
        self().made()
    }
}

impl<T, F, Out> Constructor<T, FromContext<Out>> for F
where
    F: for<'a> OfContext<'a, T, Out> + Send + Sync + 'static,
{
    fn make<'a>(&self, cx: &'a Context) -> BoxFuture<'a, Result<T>> {
        self.make_of(cx)
    }
}

/// A function of a context borrowed for `'a`. The future of an `async fn` borrows it equally long, so its
/// type differs for each `'a`.
#[doc(hidden)]
pub trait OfContext<'a, T, Out> {
    fn make_of(&self, cx: &'a Context) -> BoxFuture<'a, Result<T>>;
}

#[diagnostic::do_not_recommend]
impl<'a, T, F, R, Out> OfContext<'a, T, Out> for F
where
    F: Fn(&'a Context) -> R,
    R: Made<'a, T, Out>,
{
    fn make_of(&self, cx: &'a Context) -> BoxFuture<'a, Result<T>> {
        self(cx).made()
    }
}

/// The supported return types of a constructor.
#[doc(hidden)]
pub trait Made<'a, T, Form> {
    fn made(self) -> BoxFuture<'a, Result<T>>;
}

impl<'a, T: Send + 'a> Made<'a, T, Plain> for T {
    fn made(self) -> BoxFuture<'a, Result<T>> {
        Box::pin(std::future::ready(Ok(self)))
    }
}

impl<'a, T: Send + 'a, E: Into<Error>> Made<'a, T, Fallible> for Result<T, E> {
    fn made(self) -> BoxFuture<'a, Result<T>> {
        Box::pin(std::future::ready(self.map_err(Into::into)))
    }
}

impl<'a, T, F, Out> Made<'a, T, Async<Out>> for F
where
    F: Future + Send + 'a,
    F::Output: Made<'a, T, Out>,
{
    fn made(self) -> BoxFuture<'a, Result<T>> {
        Box::pin(async move { self.await.made().await })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bail;

    struct Plugin(&'static str);

    async fn made<Form>(new: impl Constructor<Plugin, Form>) -> Result<&'static str> {
        let surroundings = crate::context::Surroundings::default();
        let cx = Context::new(vec![plugwright_model::Kind::BackupItemAction], "a.b/c".into(), surroundings);
        new.make(&cx).await.map(|plugin| plugin.0)
    }

    #[tokio::test]
    async fn every_form_constructs_a_plugin() {
        fn alone() -> Plugin {
            Plugin("alone")
        }
        fn fallible() -> Result<Plugin> {
            bail!("fallible")
        }
        fn of_context(cx: &Context) -> Plugin {
            Plugin(if cx.name() == "a.b/c" { "of context" } else { "of another" })
        }
        fn other_error(_: &Context) -> Result<Plugin, std::num::ParseIntError> {
            "x".parse::<u8>().map(|_| Plugin("never"))
        }
        async fn later() -> Plugin {
            Plugin("later")
        }
        async fn later_of_context(cx: &Context) -> Result<Plugin> {
            tokio::task::yield_now().await;
            Ok(of_context(cx))
        }
        assert_eq!(made(alone).await.unwrap(), "alone");
        assert_eq!(made(fallible).await.unwrap_err().to_string(), "fallible");
        assert_eq!(made(of_context).await.unwrap(), "of context");
        assert!(made(other_error).await.unwrap_err().to_string().contains("invalid digit"));
        assert_eq!(made(later).await.unwrap(), "later");
        assert_eq!(made(later_of_context).await.unwrap(), "of context");
        let captured = "captured";
        assert_eq!(made(move || Plugin(captured)).await.unwrap(), "captured");
        let of_context =
            move |cx: &Context| Plugin(if cx.name() == "a.b/c" { captured } else { "of another" });
        assert_eq!(made(of_context).await.unwrap(), "captured");
    }
}
