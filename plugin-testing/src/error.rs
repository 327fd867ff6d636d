//! [`Error`].

use std::fmt;

/// An invalid object or file, or a server that cannot start. The text says what was expected and found.
#[derive(Debug)]
pub struct Error(String);

pub(crate) type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    pub(crate) fn new(text: impl fmt::Display) -> Self {
        Self(text.to_string())
    }

    /// Puts the text of an error after what was being done.
    pub(crate) fn of(doing: impl fmt::Display, error: impl fmt::Display) -> Self {
        Self(format!("{doing}: {error}"))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Error {}
