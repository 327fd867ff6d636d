//! Decodes messages to values.

use super::error::GobError;
use super::input::Input;
use super::types::{TypeId, Types};
use super::value::Gob;

/// The decoder of one direction of a stream, with the types defined so far.
#[derive(Debug, Default)]
pub struct Decoder {
    types: Types,
}

/// A message that contains a value.
#[derive(Debug, Clone, Copy)]
pub struct Value<'a> {
    of: TypeId,
    body: &'a [u8],
}

impl Decoder {
    /// Reads a message without its length prefix; returns `None` if it defines a type.
    pub fn read<'a>(&mut self, message: &'a [u8]) -> Result<Option<Value<'a>>, GobError> {
        // A definition has the memory limit of all definitions.
        let memory = self.types.left();
        let mut input = Input::new(message, &mut self.types, memory);
        let id = input.int()?;
        if id >= 0 {
            let (_, body) = message.split_at(message.len() - input.left());
            return Ok(Some(Value { of: TypeId(id), body }));
        }
        input.define(id)?;
        if input.left() == 0 {
            Ok(None)
        } else {
            Err(GobError::new("unexpected data after a type definition"))
        }
    }

    /// Decodes the value with this memory limit.
    pub fn decode<T: Gob>(&mut self, value: Value<'_>, memory: usize) -> Result<T, GobError> {
        let of = self.types.get(value.of)?;
        let mut input = Input::new(value.body, &mut self.types, memory);
        input.alone::<T>(&of)?;
        let mut decoded = T::default();
        decoded.decode(&mut input, &of)?;
        Ok(decoded)
    }

    #[cfg(test)]
    pub(super) fn types(&self) -> &Types {
        &self.types
    }

    #[cfg(test)]
    pub(super) fn into_types(self) -> Types {
        self.types
    }
}
