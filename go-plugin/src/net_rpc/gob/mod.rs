//! Go's `encoding/gob`, as needed by net/rpc.
//!
//! ```text
//! stream:  message*                      the length of each comes first
//! message: definition of a type | value  a type has a number, and is defined before its first value
//!
//! bytes ─ input ─ decoder (types) ─ Gob::decode ─► Rust value ─ Gob::encode ─ encoder (definitions) ─► bytes
//! ```
//!
//! The format is described in the package documentation; details are in Go's `decode.go`, `encode.go` and
//! `type.go`. Fields are matched by their Go names. Missing fields have default values and unknown fields are
//! skipped, so both sides may have additional fields.
//!
//! Any input results in a value or an error: lengths are checked before allocation, and nesting and memory
//! are limited.

mod basic;
mod decoder;
mod encoder;
mod error;
mod input;
mod structs;
#[cfg(test)]
pub(crate) mod tests;
mod time;
mod types;
mod value;
mod values;

pub use basic::Basic;
pub use decoder::{Decoder, Value};
pub use encoder::{Encoder, Shape, put_bytes};
pub use error::GobError;
pub use input::Input;
#[doc(hidden)]
pub use structs::Fields;
pub use structs::gob_struct;
pub use time::GoTime;
pub use types::{Type, TypeId};
pub use value::Gob;
pub use values::{BasicError, Interface, Nil, Registered};
