//! Go's `encoding/gob`, as far as net/rpc needs it.
//!
//! ```text
//! stream:  message*                      the length of each comes first
//! message: definition of a type | value  a type has a number, and is defined before its first value
//!
//! bytes ─ input ─ decoder (types) ─ Gob::decode ─► Rust value ─ Gob::encode ─ encoder (definitions) ─► bytes
//! ```
//!
//! Go's own description is the documentation of the package; what it leaves open is in its `decode.go`, `encode.go`
//! and `type.go`. Fields are found by their Go names. What the other side does not send is the default, and what it
//! sends that is not known here is skipped, so that both may have fields that the other does not know.
//!
//! Whatever the bytes are, reading them ends with a value or an error: lengths are compared with what is there before
//! anything is made, nesting is limited, and so is the memory that a value may take.

mod decoder;
mod encoder;
mod input;
mod structs;
#[cfg(test)]
pub(crate) mod tests;
mod time;
mod types;
mod values;

use std::fmt;

pub use decoder::{Decoder, Value};
pub use encoder::{Encoder, Shape, put_bytes};
pub use input::Input;
#[doc(hidden)]
pub use structs::Fields;
pub use structs::gob_struct;
pub use time::GoTime;
pub use types::{Type, TypeId};
pub use values::{BasicError, Interface, Nil, Registered};

/// A value that has a form in Go.
pub trait Gob: Default + 'static {
    /// Whether Go's type is a struct. A struct is never left out, and any other value has a zero before it where it
    /// stands alone.
    const STRUCT: bool = false;

    /// Whether any type of Go's will do.
    const ANY: bool = false;

    /// Reads one value of the type that the other side has declared.
    fn decode(&mut self, from: &mut Input<'_>, of: &Type) -> Result<(), GobError>;

    /// The number of the type, which is defined now if it was not yet.
    fn define(encoder: &mut Encoder) -> TypeId;

    /// Writes the value without its type.
    fn encode(&self, encoder: &mut Encoder, to: &mut Vec<u8>);

    /// Whether a struct leaves out a field with this value.
    fn is_zero(&self) -> bool;
}

/// Bytes that are no value of the type that is wanted: what is wrong, after the names of the fields that lead there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GobError {
    problem: String,
    unfinished: bool,
}

impl GobError {
    pub(super) fn new(problem: impl fmt::Display) -> Self {
        Self { problem: problem.to_string(), unfinished: false }
    }

    /// The message ends behind the definition of a type that is the next value's. So Go's encoder cuts a value at the
    /// first interface with a type that it has not defined yet (`encoder.go`, `sendActualType`).
    fn unfinished() -> Self {
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
