//! Decoding errors.

use std::fmt;

/// The error for bytes that are not a value of the expected type, with the path of fields to the place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GobError {
    problem: String,
    unfinished: bool,
}

impl GobError {
    pub(in crate::net_rpc) fn new(problem: impl fmt::Display) -> Self {
        Self { problem: problem.to_string(), unfinished: false }
    }

    /// The message ends after the definition of the next value's type: Go's encoder splits a value at the
    /// first interface with a type that is not yet defined (`encoder.go`, `sendActualType`).
    pub(super) fn unfinished() -> Self {
        Self { problem: "the value continues in another message".into(), unfinished: true }
    }

    /// Whether the value can be read once the next message, with its length prefix, is appended.
    pub fn is_unfinished(&self) -> bool {
        self.unfinished
    }

    /// Adds a field to the path.
    pub(super) fn at(self, field: &str) -> Self {
        Self { problem: format!("{field}: {}", self.problem), ..self }
    }
}

impl fmt::Display for GobError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.problem)
    }
}

impl std::error::Error for GobError {}
