//! `interface{}` values with one of Go's basic types.

use super::encoder::{Encoder, put_bytes, put_uint};
use super::error::GobError;
use super::input::Input;
use super::types::{Type, TypeId};
use super::value::Gob;

/// A value of the type `interface{}`: nil, or one of Go's basic types. `map[string]interface{}` is a
/// `BTreeMap<String, Basic>`.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub enum Basic {
    /// nil.
    #[default]
    Nil,
    /// `bool`.
    Bool(bool),
    /// `int`; when received, also the other signed integers.
    Int(i64),
    /// `uint`; when received, also the other unsigned integers.
    Uint(u64),
    /// `string`.
    String(String),
    /// `[]byte`.
    Bytes(Vec<u8>),
    /// A received value of another type. It is sent as nil.
    Other,
}

impl Gob for Basic {
    fn decode(&mut self, from: &mut Input<'_>, of: &Type) -> Result<(), GobError> {
        let Type::Interface = of else { return Err(of.is_no("interface")) };
        *self = from.interface_of_any_type(read)?.unwrap_or_default();
        Ok(())
    }

    fn define(_: &mut Encoder) -> TypeId {
        TypeId::INTERFACE
    }

    fn encode(&self, encoder: &mut Encoder, to: &mut Vec<u8>) {
        // The names under which Go registers its basic types (`type.go`, `registerBasics`).
        match self {
            Self::Nil | Self::Other => put_uint(to, 0),
            Self::Bool(value) => write(encoder, to, "bool", value),
            Self::Int(value) => write(encoder, to, "int", value),
            Self::Uint(value) => write(encoder, to, "uint", value),
            Self::String(value) => write(encoder, to, "string", value),
            Self::Bytes(value) => write(encoder, to, "[]uint8", value),
        }
    }

    fn is_zero(&self) -> bool {
        matches!(self, Self::Nil | Self::Other)
    }
}

fn read(from: &mut Input<'_>, of: &Type) -> Result<Basic, GobError> {
    fn value<T: Gob>(from: &mut Input<'_>, of: &Type) -> Result<T, GobError> {
        let mut value = T::default();
        value.decode(from, of)?;
        Ok(value)
    }
    Ok(match of {
        Type::Bool => Basic::Bool(value(from, of)?),
        Type::Int => Basic::Int(value(from, of)?),
        Type::Uint => Basic::Uint(value(from, of)?),
        Type::String => Basic::String(value(from, of)?),
        Type::Bytes => Basic::Bytes(value(from, of)?),
        _ => {
            from.skip(of)?;
            Basic::Other
        }
    })
}

fn write<T: Gob>(encoder: &mut Encoder, to: &mut Vec<u8>, name: &str, value: &T) {
    put_bytes(to, name.as_bytes());
    super::encoder::put_int(to, T::define(encoder).0);
    // A top-level value is preceded by a zero.
    let mut bytes = vec![0];
    value.encode(encoder, &mut bytes);
    put_bytes(to, &bytes);
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::Decoder;
    use super::*;

    #[test]
    fn map_of_basic_values_round_trips() {
        let values = [
            ("nil", Basic::Nil),
            ("bool", Basic::Bool(true)),
            ("int", Basic::Int(-12)),
            ("uint", Basic::Uint(12)),
            ("string", Basic::String("bar".into())),
            ("bytes", Basic::Bytes(vec![0, 255])),
        ];
        let map: BTreeMap<String, Basic> = values.map(|(key, value)| (key.to_owned(), value)).into();
        let bytes = Encoder::default().encode(&map);
        let mut decoder = Decoder::default();
        let mut messages = &bytes[..];
        let found = loop {
            let (length, rest) = messages.split_first().unwrap();
            let (message, rest) = rest.split_at(usize::from(*length));
            messages = rest;
            if let Some(value) = decoder.read(message).unwrap() {
                break decoder.decode::<BTreeMap<String, Basic>>(value, 1 << 20).unwrap();
            }
        };
        assert_eq!(found, map);
    }
}
