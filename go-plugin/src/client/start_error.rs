//! Errors of starting a plugin.

use std::error::Error;
use std::fmt;
use std::io;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::time::Duration;

use super::ConnectError;
use crate::Address;

/// The error of a plugin that did not start, or of an executable that is not a plugin.
#[derive(Debug)]
#[non_exhaustive]
pub struct StartError {
    /// The executable.
    pub path: PathBuf,
    /// The reason.
    pub reason: StartErrorReason,
    /// The process's stdout so far, without the handshake line.
    pub stdout: String,
    /// The last lines of the process's stderr.
    pub stderr: String,
    hint: Option<String>,
}

/// The reason why a plugin did not start.
#[derive(Debug)]
#[non_exhaustive]
pub enum StartErrorReason {
    /// The process could not be started: the file does not exist, is not executable, or is for another
    /// architecture.
    Spawn(io::Error),
    /// The executable's checksum differs from the expected one.
    Checksum {
        /// The expected SHA-256, in hexadecimal digits.
        expected: String,
        /// The SHA-256 of the executable.
        found: String,
    },
    /// The host's certificate could not be created.
    Certificate(ConnectError),
    /// The process to reattach to has exited.
    Gone,
    /// The process exited before its handshake line. Most executables that are not plugins do.
    Exited(ExitStatus),
    /// The process closed its stdout without a line, and is still running.
    Silent,
    /// No line was received within this time (go-plugin: one minute).
    Timeout(Duration),
    /// The host does not accept the line.
    Handshake {
        /// The line.
        line: String,
        /// What was expected.
        problem: String,
    },
    /// Connecting to the plugin's address failed.
    Connect {
        /// The address.
        address: Address,
        /// The cause.
        source: ConnectError,
    },
}

impl StartError {
    pub(super) fn new(path: PathBuf, reason: StartErrorReason, stdout: String, stderr: String) -> Self {
        Self { path, reason, stdout, stderr, hint: None }
    }

    /// Appends a hint to the message, for causes that a particular host knows.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    fn spawn_problem(&self, error: &io::Error) -> String {
        match error.kind() {
            io::ErrorKind::NotFound if self.path.exists() => {
                "its interpreter or loader is missing on this system".into()
            }
            io::ErrorKind::NotFound => "the file does not exist".into(),
            io::ErrorKind::PermissionDenied if self.path.is_dir() => "it is a directory".into(),
            io::ErrorKind::PermissionDenied => "the file is not executable".into(),
            // ENOEXEC, which has no `ErrorKind`.
            _ if error.raw_os_error() == Some(8) => {
                "the file is not an executable for this system and architecture".into()
            }
            _ => error.to_string(),
        }
    }
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        match &self.reason {
            StartErrorReason::Spawn(error) => {
                write!(f, "cannot start {path}: {}", self.spawn_problem(error))?;
            }
            StartErrorReason::Checksum { expected, found } => {
                write!(
                    f,
                    "{path} is not the expected executable: expected the SHA-256 {expected}, found {found}"
                )?;
            }
            StartErrorReason::Certificate(error) => {
                write!(f, "cannot start {path} with TLS: no certificate: {error}")?;
            }
            StartErrorReason::Gone => write!(f, "cannot reattach: {path} does not exist")?,
            StartErrorReason::Exited(status) => {
                write!(f, "{path} is not a plugin: it exited ({status}) without a handshake line")?;
            }
            StartErrorReason::Silent => {
                write!(f, "{path} is not a plugin: it closed its stdout without a handshake line")?;
            }
            StartErrorReason::Timeout(limit) => {
                write!(f, "{path} is not a plugin, or it hangs: no handshake line within {limit:?}")?;
            }
            StartErrorReason::Handshake { line, problem } => {
                write!(f, "{path} is not a plugin of this host: its first line is `{line}`: {problem}")?;
            }
            StartErrorReason::Connect { address, source } => {
                write!(f, "{path} does not answer on the {address} of its handshake line: {source}")?;
            }
        }
        if let Some(hint) = &self.hint {
            write!(f, " ({hint})")?;
        }
        for (name, text) in [("stdout", &self.stdout), ("stderr", &self.stderr)] {
            let text = text.trim_end();
            if !text.is_empty() {
                write!(f, "\n{name}:")?;
                for line in text.lines() {
                    write!(f, "\n  {line}")?;
                }
            }
        }
        Ok(())
    }
}

impl Error for StartError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.reason {
            StartErrorReason::Spawn(error) => Some(error),
            StartErrorReason::Certificate(source) | StartErrorReason::Connect { source, .. } => {
                Some(source.as_ref())
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(path: &str, reason: StartErrorReason) -> StartError {
        StartError::new(path.into(), reason, String::new(), String::new())
    }

    #[test]
    fn message_has_the_hint_and_the_output() {
        let mut error = of("/plugin", StartErrorReason::Silent).with_hint("use another");
        error.stdout = "one\ntwo\n".into();
        error.stderr = "\n".into();
        assert_eq!(
            error.to_string(),
            "/plugin is not a plugin: it closed its stdout without a handshake line (use another)\n\
             stdout:\n  one\n  two"
        );
    }

    #[test]
    fn message_says_why_a_file_cannot_be_executed() {
        for (path, error, text) in [
            (
                "/bin/sh",
                io::ErrorKind::NotFound.into(),
                "its interpreter or loader is missing on this system",
            ),
            ("/nonexistent", io::ErrorKind::NotFound.into(), "the file does not exist"),
            ("/", io::ErrorKind::PermissionDenied.into(), "it is a directory"),
            ("/bin/sh", io::ErrorKind::PermissionDenied.into(), "the file is not executable"),
            (
                "/bin/sh",
                io::Error::from_raw_os_error(8),
                "the file is not an executable for this system and architecture",
            ),
            ("/bin/sh", io::Error::other("no memory"), "no memory"),
        ] {
            let error = of(path, StartErrorReason::Spawn(error));
            assert_eq!(error.to_string(), format!("cannot start {path}: {text}"));
            assert!(error.source().is_some());
        }
    }

    #[test]
    fn causes_are_sources() {
        let address = Address::Unix("/tmp/p".into());
        let connect = StartErrorReason::Connect { address, source: "refused".into() };
        let source = |reason| of("/plugin", reason).source().map(ToString::to_string);
        assert_eq!(source(connect).as_deref(), Some("refused"));
        assert_eq!(source(StartErrorReason::Certificate("no key".into())).as_deref(), Some("no key"));
        assert_eq!(source(StartErrorReason::Gone), None);
    }
}
