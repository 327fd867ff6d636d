//! What can be wrong with bytes.

use std::fmt;

/// Bytes that are not a value of the expected type: what is wrong, after the names of the fields that lead there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GobError {
    problem: String,
    unfinished: bool,
}

impl GobError {
    pub(in crate::net_rpc) fn new(problem: impl fmt::Display) -> Self {
        Self { problem: problem.to_string(), unfinished: false }
    }

    /// The message ends behind the definition of a type that is the next value's. So Go's encoder cuts a value at the
    /// first interface with a type that it has not defined yet (`encoder.go`, `sendActualType`).
    pub(super) fn unfinished() -> Self {
        Self { problem: "the value goes on in another message".into(), unfinished: true }
    }

    /// Whether the value can be read once the next message, with its length before it, is added to this one.
    pub fn is_unfinished(&self) -> bool {
        self.unfinished
    }

    /// In this field.
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
