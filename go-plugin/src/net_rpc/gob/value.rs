//! What a value has to be, to be read and written.

use super::encoder::{Encoder, put_bytes, put_int};
use super::error::GobError;
use super::input::Input;
use super::types::{Type, TypeId};

/// A value that has a form in Go.
pub trait Gob: Default + 'static {
    /// Whether Go's type is a struct. A struct is never left out, and any other value has a zero before it where it
    /// stands alone.
    const STRUCT: bool = false;

    /// Whether any type of Go's is accepted.
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

impl Encoder {
    /// A value as messages: the types that are not defined yet, and itself.
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
    /// The value in an interface, and the name of its type; none if it is nil.
    pub fn interface<T: Gob>(&mut self) -> Result<Option<(String, T)>, GobError> {
        let Some((name, of)) = self.interface_head()? else { return Ok(None) };
        let mut value = T::default();
        self.alone::<T>(&of)?;
        self.deeper(|input| value.decode(input, &of))?;
        Ok(Some((name, value)))
    }

    /// The zero before a value that stands alone and is not a struct.
    pub(super) fn alone<T: Gob>(&mut self, of: &Type) -> Result<(), GobError> {
        let is_struct = matches!(of, Type::Struct(_));
        if is_struct != T::STRUCT && !T::ANY {
            return Err(of.is_no(if T::STRUCT { "struct" } else { "plain value" }));
        }
        if is_struct { Ok(()) } else { self.no_struct() }
    }
}
