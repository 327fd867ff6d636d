//! The trait of values that can be encoded and decoded.

use super::encoder::{Encoder, put_bytes, put_int};
use super::error::GobError;
use super::input::Input;
use super::types::{Type, TypeId};

/// A value with a Go form.
pub trait Gob: Default + 'static {
    /// Whether Go's type is a struct. A struct is never omitted, and any other top-level value is preceded by
    /// a zero.
    const STRUCT: bool = false;

    /// Whether any Go type is accepted.
    const ANY: bool = false;

    /// Reads one value of the type that the other side has declared.
    fn decode(&mut self, from: &mut Input<'_>, of: &Type) -> Result<(), GobError>;

    /// Returns the number of the type, defining it if necessary.
    fn define(encoder: &mut Encoder) -> TypeId;

    /// Writes the value without its type.
    fn encode(&self, encoder: &mut Encoder, to: &mut Vec<u8>);

    /// Whether a struct omits a field with this value.
    fn is_zero(&self) -> bool;
}

impl Encoder {
    /// Encodes a value as messages: the types not yet defined, and the value.
    pub fn encode<T: Gob>(&mut self, value: &T) -> Vec<u8> {
        let id = T::define(self);
        let mut body = Vec::new();
        put_int(&mut body, id.0);
        if !T::STRUCT {
            body.push(0);
        }
        value.encode(self, &mut body);
        let mut messages = std::mem::take(&mut self.definitions);
        put_bytes(&mut messages, &body);
        messages
    }
}

impl Input<'_> {
    /// Encodes the value in an interface, with the name of its type; `None` if it is nil.
    pub fn interface<T: Gob>(&mut self) -> Result<Option<(String, T)>, GobError> {
        let Some((name, of)) = self.interface_head()? else { return Ok(None) };
        let mut value = T::default();
        self.alone::<T>(&of)?;
        self.deeper(|input| value.decode(input, &of))?;
        Ok(Some((name, value)))
    }

    /// The zero before a top-level value that is not a struct.
    pub(super) fn alone<T: Gob>(&mut self, of: &Type) -> Result<(), GobError> {
        let is_struct = matches!(of, Type::Struct(_));
        if is_struct != T::STRUCT && !T::ANY {
            return Err(of.is_no(if T::STRUCT { "struct" } else { "plain value" }));
        }
        if is_struct { Ok(()) } else { self.no_struct() }
    }
}
