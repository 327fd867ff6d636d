//! The error of a command. An error that a *plugin* returns is a result of the command, not a failure.

use std::fmt::Display;
use std::process::ExitCode;

use crate::style;

/// A message for stderr, and an exit status.
#[derive(Debug)]
pub(crate) struct Failure {
    /// `None` if the reader is gone.
    text: Option<String>,
    status: u8,
}

impl Failure {
    /// The exit status for invalid usage and for commands that could not run.
    pub(crate) const STATUS: u8 = 2;

    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self { text: Some(text.into()), status: Self::STATUS }
    }

    /// Ctrl-C: the shell's status for SIGINT, and no message.
    pub(crate) fn interrupted() -> Self {
        Self { text: None, status: 128 + 2 }
    }

    pub(crate) fn print(&self) {
        let error = style::ERROR;
        if let Some(text) = &self.text {
            anstream::eprintln!("{error}error{error:#}: {text}");
        }
    }

    pub(crate) fn status(&self) -> ExitCode {
        self.status.into()
    }
}

impl Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.text.as_deref().unwrap_or_default())
    }
}

/// Puts context in front of an error: `cannot read pods.yaml: no such file`.
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

/// An error of writing to stdout. A closed pipe (`| head`) needs no message.
impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::BrokenPipe => Self { text: None, status: Self::STATUS },
            _ => Self::new(format!("cannot write: {error}")),
        }
    }
}
