//! The one error type: made by `?`, it remembers where.
//!
//! ```text
//! std error, anyhow::Error, String, &str ──?──► Error ──► text "outer: inner: …", file and line of the `?`
//! ```
//!
//! Velero logs `error.file` and `error.function` of a plugin's error from the first frame that the plugin
//! sends (Velero's `pkg/plugin/framework/common/handle_error.go`): frame 0 is what [`Error::location`] says.

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::panic::Location;

/// What the methods of a plugin return.
pub type Result<T, E = Error> = std::result::Result<T, E>;

type Source = Box<dyn StdError + Send + Sync + 'static>;

/// Any error, with the file and line where it became one of ours.
///
/// `?` turns every standard error into it, and `anyhow::Error`, `String` and `&str` as well. The place it
/// remembers is that of the first `?` (or of [`bail!`](crate::bail), [`ensure!`](crate::ensure),
/// [`Error::msg`], [`ErrorContext`] that made it): a later `?` or `.context(…)` does not move it. Velero
/// shows that place in its log.
///
/// Displayed, it is the whole chain, `outer: inner: innermost`, which is also what Velero gets. The text is
/// never empty.
///
/// Like `anyhow::Error`, it is no [`std::error::Error`] itself, or the blanket `From` could not be.
/// [`as_std`](Self::as_std) and [`into_std`](Self::into_std) give one.
///
/// ```
/// use plugwright::{ErrorContext, Result};
///
/// fn replicas(text: &str) -> Result<u32> {
///     Ok(text.parse::<u32>().with_context(|| format!("replicas are `{text}`"))?)
/// }
/// let error = replicas("many").unwrap_err();
/// assert_eq!(error.to_string(), "replicas are `many`: invalid digit found in string");
/// ```
pub struct Error(Box<Report>);

/// What [`Error::as_std`] shows: the whole text, and the place for our log layer, which finds it by
/// `downcast_ref`.
pub(crate) struct Report {
    source: Source,
    /// Of the innermost error, for the case that nothing in the chain has a text.
    type_name: &'static str,
    location: &'static Location<'static>,
}

impl Error {
    /// An error that is only a text. `#[track_caller]`: its place is where this is called.
    ///
    /// ```
    /// # use plugwright::Error;
    /// assert_eq!(Error::msg("volume vol-1 has no zone").to_string(), "volume vol-1 has no zone");
    /// ```
    #[track_caller]
    pub fn msg(message: impl fmt::Display) -> Self {
        Self::from(message.to_string())
    }

    /// The same error under an outer text: `message: what it was`. The place stays the first one, unless that is in no
    /// code of the author's; then it is this call's.
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

    /// The same error, as if it had been made there.
    #[cfg(feature = "kube")]
    #[must_use]
    pub(crate) fn at(mut self, location: &'static Location<'static>) -> Self {
        self.0.location = location;
        self
    }

    /// File, line and column of the `?`, `bail!` or call that made the error.
    ///
    /// Of `.map_err(Into::into)` that is a place in the standard library. Such a place, and one in this crate, is neither
    /// logged nor sent to Velero, which gets the plugin's declaration instead; [`context`](Self::context) replaces it.
    pub fn location(&self) -> &'static Location<'static> {
        self.0.location
    }

    /// The location, where it is in the author's code.
    pub(crate) fn place(&self) -> Option<&'static Location<'static>> {
        self.0.place()
    }

    /// The errors from the outermost to the cause of all, contexts included.
    pub fn chain(&self) -> impl Iterator<Item = &(dyn StdError + 'static)> {
        chain(&*self.0.source)
    }

    /// The cause of all: the last of [`chain`](Self::chain).
    pub fn root_cause(&self) -> &(dyn StdError + 'static) {
        self.chain().last().unwrap_or(&Nothing)
    }

    /// The outermost error of type `E` in the chain.
    ///
    /// What came in as an `anyhow::Error` can be read, but not found by type: it hides the types from other
    /// crates.
    pub fn downcast_ref<E: StdError + 'static>(&self) -> Option<&E> {
        self.chain().find_map(<dyn StdError>::downcast_ref)
    }

    /// A view of the whole error (text of the chain and place) as a standard error, for instance for a log
    /// line: with `tracing::error!(error = e.as_std(), "…")` Velero's log gets `error`, `error.file` and
    /// `error.function`.
    pub fn as_std(&self) -> &(dyn StdError + Send + Sync + 'static) {
        &*self.0
    }

    /// The same as [`as_std`](Self::as_std), owned. A later `?` makes it an [`Error`] again that still
    /// knows the first place.
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
                // One of ours may have been wrapped on its way through somebody else's error type.
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

/// The text and the place: what `unwrap` in a test or an `Err` from `main` shows.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl Report {
    pub(crate) fn location(&self) -> &'static Location<'static> {
        self.location
    }

    /// The location, where it is in the author's code.
    pub(crate) fn place(&self) -> Option<&'static Location<'static>> {
        Some(self.location).filter(|location| is_authors(location.file()))
    }
}

/// Whether a file is one of the author's: neither the standard library's, with or without its sources installed, nor
/// this crate's.
fn is_authors(file: &str) -> bool {
    let of_std = file.starts_with("/rustc/") || file.contains("/lib/rustlib/src/rust/library/");
    let ours = file!().strip_suffix("error.rs").and_then(|sources| file.strip_prefix(sources));
    // In unit tests, this crate is where the author's code is, apart from what calls plugins.
    let ours = ours.is_some_and(|file| !cfg!(test) || file.starts_with("hosts/"));
    !of_std && !ours
}

/// No `source`: the text already says the whole chain.
impl StdError for Report {}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = text_of(&*self.source);
        if text.is_empty() {
            write!(f, "an error of type {} that has no text", self.type_name)
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
    // An error may be its own source. No honest chain is this long.
    std::iter::successors(Some(outermost), |&error| source_of(error)).take(64)
}

/// As `source`, but `io::Error::other(inner)` gives `inner`, which `source` leaves out.
fn source_of<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a (dyn StdError + 'static)> {
    match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(inner) => Some(inner),
        None => error.source(),
    }
}

/// `outer: inner: …`. Many libraries write their source's text into their own, some the whole chain: what
/// already stands at the end is not said again.
pub(crate) fn text_of(outermost: &(dyn StdError + 'static)) -> String {
    let texts: Vec<String> = chain(outermost).map(|error| own_text(error).trim().to_owned()).collect();
    // From the inside out: the text of all inner errors together, and that of the next inner error alone.
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

/// kube writes an answer of the API server as `Debug` beside its text, and the answer is its source.
fn own_text(error: &(dyn StdError + 'static)) -> String {
    #[cfg(feature = "kube")]
    if let Some(kube::Error::Api(_)) = error.downcast_ref() {
        return String::new();
    }
    // Its reason is one word, which its message says in others: `pods "a" not found: NotFound`.
    #[cfg(feature = "kube")]
    if let Some(status) = error.downcast_ref::<Box<kube::core::Status>>()
        && !status.message.is_empty()
    {
        return status.message.clone();
    }
    error.to_string()
}

/// An outer text.
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

/// Holds the place of an error while it moves into its context.
#[derive(Debug)]
struct Nothing;

impl StdError for Nothing {}

impl fmt::Display for Nothing {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        Ok(())
    }
}

/// Adds an outer text on the way: `.context("…")?` on a `Result` or an `Option`.
///
/// On a `Result` the text stands before the error's own, `reading the key file: permission denied`; on an
/// `Option` it is the error. The place that the error remembers is this call's, unless the error already
/// was an [`Error`].
pub trait ErrorContext<T>: Sized {
    /// With a text that costs nothing to make.
    fn context(self, message: impl fmt::Display) -> Result<T>;

    /// With a text that is only made if there is an error.
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

/// Returns an error at once: `bail!("no snapshot {id}")`, as with `format!`, or `bail!(error)` with
/// anything that `?` takes.
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

/// Returns an error unless the condition holds: `ensure!(size > 0, "volume {id} is empty")`. Without a
/// text, the error quotes the condition.
#[macro_export]
macro_rules! ensure {
    ($condition:expr $(,)?) => {
        if !$condition {
            return ::core::result::Result::Err($crate::Error::msg(::core::concat!(
                "does not hold: `", ::core::stringify!($condition), "`"
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
