//! What keeps a command from doing its work. What a *plugin* answers is no failure of the command.

use std::fmt::Display;

use crate::style;

/// Says what went wrong, if there is someone left to read it.
#[derive(Debug)]
pub(crate) struct Failure(Option<String>);

impl Failure {
    /// The exit status, that of wrong usage.
    pub(crate) const STATUS: u8 = 2;

    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(Some(text.into()))
    }

    pub(crate) fn print(&self) {
        let error = style::ERROR;
        if let Self(Some(text)) = self {
            anstream::eprintln!("{error}error{error:#}: {text}");
        }
    }
}

impl Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0.as_deref().unwrap_or_default())
    }
}

/// Puts a text in front of an error's: `cannot read pods.yaml: no such file`.
pub(crate) trait OrFail<T> {
    fn or_fail(self, what: impl Display) -> Result<T, Failure>;
}

impl<T, E: Display> OrFail<T> for Result<T, E> {
    fn or_fail(self, what: impl Display) -> Result<T, Failure> {
        self.map_err(|error| Failure::new(format!("{what}: {error}")))
    }
}

impl From<plugwright::client::StartError> for Failure {
    fn from(error: plugwright::client::StartError) -> Self {
        Self::new(error.to_string())
    }
}

/// Of writing to stdout, whose reader may have seen enough (`| head`).
impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::BrokenPipe => Self(None),
            _ => Self::new(format!("cannot write: {error}")),
        }
    }
}
