//! Why a plugin did not start.

use std::error::Error;
use std::fmt;
use std::io;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::time::Duration;

/// A plugin that did not start, or is none.
#[derive(Debug)]
#[non_exhaustive]
pub struct StartError {
    /// The executable.
    pub path: PathBuf,
    /// In whose place it was started.
    pub(super) host: &'static str,
    /// What went wrong.
    pub reason: StartErrorReason,
    /// What the process had written to stdout until then, the handshake line excluded.
    pub stdout: String,
    /// The last lines that the process had written to stderr.
    pub stderr: String,
}

/// What went wrong at a plugin's start.
#[derive(Debug)]
#[non_exhaustive]
pub enum StartErrorReason {
    /// The process could not be started: no such file, not executable, for another processor …
    Spawn(io::Error),
    /// The process ended before it said where it listens. Most executables that are no plugin do.
    Exited(ExitStatus),
    /// The process closed its stdout without a word, and goes on.
    Silent,
    /// No line came within this time (go-plugin: one minute).
    Timeout(Duration),
    /// A line came that the host does not take.
    Handshake {
        /// The line as it came.
        line: String,
        /// What is wrong with it.
        problem: String,
    },
    /// Nobody answers at the address that the plugin gave.
    Connect {
        /// The address.
        address: String,
        /// What was tried, and what came of it.
        source: Box<dyn Error + Send + Sync>,
    },
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        match &self.reason {
            StartErrorReason::Spawn(error) => {
                write!(f, "cannot start {path}: {}", self.spawn_problem(error))?;
            }
            StartErrorReason::Exited(status) => {
                write!(f, "{path} is no plugin: it ended ({status}) without a handshake line")?;
            }
            StartErrorReason::Silent => {
                write!(f, "{path} is no plugin: it closed its stdout without a handshake line")?;
            }
            StartErrorReason::Timeout(limit) => {
                write!(f, "{path} is no plugin, or it hangs: no handshake line within {limit:?}")?;
            }
            StartErrorReason::Handshake { line, problem } => {
                let host = self.host;
                write!(f, "{path} is no plugin for {host}: its first line on stdout is `{line}`: {problem}")?;
            }
            StartErrorReason::Connect { address, source } => {
                write!(f, "{path} does not answer on the {address} that its handshake line names: {source}")?;
            }
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

impl StartError {
    fn spawn_problem(&self, error: &io::Error) -> String {
        match error.kind() {
            io::ErrorKind::NotFound if self.path.exists() => {
                "the interpreter or loader that it needs is missing on this system".into()
            }
            io::ErrorKind::NotFound => "there is no such file".into(),
            io::ErrorKind::PermissionDenied if self.path.is_dir() => "it is a directory".into(),
            io::ErrorKind::PermissionDenied => "it is not executable".into(),
            // ENOEXEC, which has no kind of its own.
            _ if error.raw_os_error() == Some(8) => {
                "it is not in the format of this system's executables, or for another processor".into()
            }
            _ => error.to_string(),
        }
    }
}

impl Error for StartError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.reason {
            StartErrorReason::Spawn(error) => Some(error),
            StartErrorReason::Connect { source, .. } => Some(source.as_ref()),
            _ => None,
        }
    }
}
