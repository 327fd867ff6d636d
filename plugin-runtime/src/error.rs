//! The error type of plugins. `?` creates it and records the place.
//!
//! ```text
//! std error, anyhow::Error, String, &str ──?──► Error ──► text "outer: inner: …", file and line of the `?`
//! ```
//!
//! Velero logs `error.file` and `error.function` from the first frame that the plugin sends (Velero's
//! `pkg/plugin/framework/common/handle_error.go`); frame 0 is [`Error::location`].

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::panic::Location;

/// The result type of plugin methods.
pub type Result<T, E = Error> = std::result::Result<T, E>;

type Source = Box<dyn StdError + Send + Sync + 'static>;

/// Any error, with the file and line where it became an `Error`.
///
/// `?` converts every standard error, `anyhow::Error`, `String` and `&str`. The recorded place is that of the
/// first `?` (or of the [`bail!`](crate::bail), [`ensure!`](crate::ensure), [`Error::msg`] or
/// [`ErrorContext`] call that created the error). A later `?` or `.context(…)` does not change it. Velero
/// logs this place.
///
/// `Display` prints the whole chain, `outer: inner: innermost`. Velero receives the same text. It is never
/// empty.
///
/// Like `anyhow::Error`, it does not implement [`std::error::Error`], because that would conflict with the
/// blanket `From`. [`as_std`](Self::as_std) and [`into_std`](Self::into_std) convert it.
///
/// ```
/// use plugwright::{ErrorContext, Result};
///
/// fn replicas(text: &str) -> Result<u32> {
///     Ok(text.parse::<u32>().with_context(|| format!("invalid replicas `{text}`"))?)
/// }
/// let error = replicas("many").unwrap_err();
/// assert_eq!(error.to_string(), "invalid replicas `many`: invalid digit found in string");
/// ```
pub struct Error(Box<Report>);

/// The type behind [`Error::as_std`]: the text, and the place, which the log layer finds with `downcast_ref`.
pub(crate) struct Report {
    source: Source,
    /// The type name of the innermost error, used if the whole chain has no text.
    type_name: &'static str,
    location: &'static Location<'static>,
}

impl Error {
    /// Creates an error from a message. Records the caller's location (`#[track_caller]`).
    ///
    /// ```
    /// # use plugwright::Error;
    /// assert_eq!(Error::msg("volume vol-1 has no zone").to_string(), "volume vol-1 has no zone");
    /// ```
    #[track_caller]
    pub fn msg(message: impl fmt::Display) -> Self {
        Self::from(message.to_string())
    }

    /// Adds an outer message: `message: original text`. Keeps the location, unless that is outside the
    /// author's code; then the location becomes this call's.
    #[track_caller]
    #[must_use]
    pub fn context(mut self, message: impl fmt::Display) -> Self {
        if self.place().is_none() {
            self.0.location = Location::caller();
        }
        let inner = std::mem::replace(&mut self.0.source, Box::new(Nothing));
        self.0.source = Box::new(Context { message: message.to_string(), inner });
        self
    }

    /// Replaces the location.
    #[cfg(feature = "kube")]
    #[must_use]
    pub(crate) fn at(mut self, location: &'static Location<'static>) -> Self {
        self.0.location = location;
        self
    }

    /// File, line and column of the `?`, `bail!` or call that created the error.
    ///
    /// After `.map_err(Into::into)` this is a place in the standard library. Places there and in this crate
    /// are not logged or sent to Velero, which receives the plugin's declaration instead.
    /// [`context`](Self::context) sets a better one.
    pub fn location(&self) -> &'static Location<'static> {
        self.0.location
    }

    /// The location, if it is in the author's code.
    pub(crate) fn place(&self) -> Option<&'static Location<'static>> {
        self.0.place()
    }

    /// Iterates over the errors from the outermost to the root cause, contexts included.
    pub fn chain(&self) -> impl Iterator<Item = &(dyn StdError + 'static)> {
        chain(&*self.0.source)
    }

    /// The root cause: the last error of [`chain`](Self::chain).
    pub fn root_cause(&self) -> &(dyn StdError + 'static) {
        self.chain().last().unwrap_or(&Nothing)
    }

    /// Returns the outermost error of type `E` in the chain.
    ///
    /// Errors inside an `anyhow::Error` are part of the text but cannot be downcast: `anyhow` hides their
    /// types.
    pub fn downcast_ref<E: StdError + 'static>(&self) -> Option<&E> {
        self.chain().find_map(<dyn StdError>::downcast_ref)
    }

    /// Returns the error (text and location) as a standard error, for example for a log line: with
    /// `tracing::error!(error = e.as_std(), "…")`, Velero's log gets `error`, `error.file` and
    /// `error.function`.
    pub fn as_std(&self) -> &(dyn StdError + Send + Sync + 'static) {
        &*self.0
    }

    /// Like [`as_std`](Self::as_std), but owned. A later `?` turns it back into an [`Error`] with the
    /// original location.
    pub fn into_std(self) -> Box<dyn StdError + Send + Sync + 'static> {
        self.0
    }
}

impl<E> From<E> for Error
where
    E: Into<Box<dyn StdError + Send + Sync + 'static>>,
{
    #[track_caller]
    fn from(error: E) -> Self {
        let here = Location::caller();
        match error.into().downcast::<Report>() {
            Ok(report) => Self(report),
            Err(source) => {
                // An `Error` may have been wrapped by another error type.
                let location = chain(&*source)
                    .find_map(|error| error.downcast_ref::<Report>())
                    .map_or(here, Report::location);
                Self(Box::new(Report { source, type_name: std::any::type_name::<E>(), location }))
            }
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Prints text and location, for `unwrap` in tests and `Err` from `main`.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl Report {
    pub(crate) fn location(&self) -> &'static Location<'static> {
        self.location
    }

    /// The location, if it is in the author's code.
    pub(crate) fn place(&self) -> Option<&'static Location<'static>> {
        Some(self.location).filter(|location| is_authors(location.file()))
    }
}

/// Whether a file is the author's: not the standard library's (with or without installed sources) nor this
/// crate's.
fn is_authors(file: &str) -> bool {
    let of_std = file.starts_with("/rustc/") || file.contains("/lib/rustlib/src/rust/library/");
    let ours = file!().strip_suffix("error.rs").and_then(|sources| file.strip_prefix(sources));
    // In unit tests the author's code is in this crate, except what calls plugins.
    let ours = ours.is_some_and(|file| !cfg!(test) || file.starts_with("hosts/"));
    !of_std && !ours
}

/// No `source`: the text already contains the whole chain.
impl StdError for Report {}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = text_of(&*self.source);
        if text.is_empty() {
            write!(f, "error of type {} without a message", self.type_name)
        } else {
            f.write_str(&text)
        }
    }
}

impl fmt::Debug for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self} (at {})", self.location)
    }
}

fn chain<'a>(outermost: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    // A limit, because an error may be its own source.
    std::iter::successors(Some(outermost), |&error| source_of(error)).take(64)
}

/// Like `source`, but returns `inner` for `io::Error::other(inner)`, which `source` skips.
fn source_of<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a (dyn StdError + 'static)> {
    match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(inner) => Some(inner),
        None => error.source(),
    }
}

/// Joins the chain to `outer: inner: …`. Many libraries repeat their source's text in their own; a text that
/// is already at the end is not added again.
pub(crate) fn text_of(outermost: &(dyn StdError + 'static)) -> String {
    let texts: Vec<String> = chain(outermost).map(|error| own_text(error).trim().to_owned()).collect();
    // From the inside out: the text of all inner errors, and of the next inner error alone.
    let (mut all, mut next) = (String::new(), "");
    for own in texts.iter().rev().filter(|text| !text.is_empty()) {
        all = if own.ends_with(&all) {
            own.clone()
        } else if let Some(rest) = all.strip_prefix(next).filter(|_| !next.is_empty() && own.ends_with(next))
        {
            format!("{own}{rest}")
        } else {
            format!("{own}: {all}")
        };
        next = own;
    }
    all
}

/// kube formats the API server's response as `Debug` in its own text, and the response is its source.
fn own_text(error: &(dyn StdError + 'static)) -> String {
    #[cfg(feature = "kube")]
    if let Some(kube::Error::Api(_)) = error.downcast_ref() {
        return String::new();
    }
    // Drops the reason, which the message already contains in other words: `pods "a" not found: NotFound`.
    #[cfg(feature = "kube")]
    if let Some(status) = error.downcast_ref::<Box<kube::core::Status>>()
        && !status.message.is_empty()
    {
        return status.message.clone();
    }
    error.to_string()
}

/// An outer message.
struct Context {
    message: String,
    inner: Source,
}

impl StdError for Context {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&*self.inner)
    }
}

impl fmt::Display for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.message, f)
    }
}

/// Keeps an error's location while it moves into its context.
#[derive(Debug)]
struct Nothing;

impl StdError for Nothing {}

impl fmt::Display for Nothing {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        Ok(())
    }
}

/// Adds a message to an error: `.context("…")?` on a `Result` or an `Option`.
///
/// On a `Result` the message comes before the error's text, `reading the key file: permission denied`. On an
/// `Option` it becomes the error. The recorded location is this call's, unless the error already was an
/// [`Error`].
pub trait ErrorContext<T>: Sized {
    /// Adds a message.
    fn context(self, message: impl fmt::Display) -> Result<T>;

    /// Adds a message that is only created if there is an error.
    fn with_context<M: fmt::Display>(self, message: impl FnOnce() -> M) -> Result<T>;
}

impl<T, E> ErrorContext<T> for std::result::Result<T, E>
where
    Error: From<E>,
{
    #[track_caller]
    fn context(self, message: impl fmt::Display) -> Result<T> {
        match self {
            Ok(value) => Ok(value),
            Err(error) => Err(Error::from(error).context(message)),
        }
    }

    #[track_caller]
    fn with_context<M: fmt::Display>(self, message: impl FnOnce() -> M) -> Result<T> {
        match self {
            Ok(value) => Ok(value),
            Err(error) => Err(Error::from(error).context(message())),
        }
    }
}

impl<T> ErrorContext<T> for Option<T> {
    #[track_caller]
    fn context(self, message: impl fmt::Display) -> Result<T> {
        match self {
            Some(value) => Ok(value),
            None => Err(Error::msg(message)),
        }
    }

    #[track_caller]
    fn with_context<M: fmt::Display>(self, message: impl FnOnce() -> M) -> Result<T> {
        match self {
            Some(value) => Ok(value),
            None => Err(Error::msg(message())),
        }
    }
}

/// Returns early with an error: `bail!("snapshot {id} not found")` as in `format!`, or `bail!(error)` with
/// any value that `?` converts.
#[macro_export]
macro_rules! bail {
    ($message:literal $(,)?) => {
        return ::core::result::Result::Err($crate::Error::msg(::core::format_args!($message)))
    };
    ($error:expr $(,)?) => {
        return ::core::result::Result::Err($crate::Error::from($error))
    };
    ($message:expr, $($argument:tt)*) => {
        return ::core::result::Result::Err($crate::Error::msg(::core::format_args!($message, $($argument)*)))
    };
}

/// Returns early with an error if the condition is false: `ensure!(size > 0, "volume {id} is empty")`.
/// Without a message, the error quotes the condition.
#[macro_export]
macro_rules! ensure {
    ($condition:expr $(,)?) => {
        if !$condition {
            return ::core::result::Result::Err($crate::Error::msg(::core::concat!(
                "condition failed: `", ::core::stringify!($condition), "`"
            )));
        }
    };
    ($condition:expr, $($message:tt)+) => {
        if !$condition {
            $crate::bail!($($message)+);
        }
    };
}

#[cfg(test)]
mod tests;
