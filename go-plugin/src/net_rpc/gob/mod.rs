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
