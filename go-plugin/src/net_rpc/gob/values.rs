//! Go's plain types, pointers, slices and maps.

use std::collections::BTreeMap;

use super::encoder::{Encoder, Shape, put_bytes, put_int, put_uint};
use super::error::GobError;
use super::input::Input;
use super::structs::gob_struct;
use super::types::{Type, TypeId};
use super::value::Gob;

/// The approximate overhead of a map entry in Rust.
const ENTRY: usize = 32;

impl Gob for bool {
    fn decode(&mut self, from: &mut Input<'_>, of: &Type) -> Result<(), GobError> {
        let Type::Bool = of else { return Err(of.is_no("bool")) };
        *self = from.uint()? != 0;
        Ok(())
    }

    fn define(_: &mut Encoder) -> TypeId {
        TypeId::BOOL
    }

    fn encode(&self, _: &mut Encoder, to: &mut Vec<u8>) {
        put_uint(to, (*self).into());
    }

    fn is_zero(&self) -> bool {
        !self
    }
}

impl Gob for i64 {
    fn decode(&mut self, from: &mut Input<'_>, of: &Type) -> Result<(), GobError> {
        let Type::Int = of else { return Err(of.is_no("int")) };
        *self = from.int()?;
        Ok(())
    }

    fn define(_: &mut Encoder) -> TypeId {
        TypeId::INT
    }

    fn encode(&self, _: &mut Encoder, to: &mut Vec<u8>) {
        put_int(to, *self);
    }

    fn is_zero(&self) -> bool {
        *self == 0
    }
}

impl Gob for u64 {
    fn decode(&mut self, from: &mut Input<'_>, of: &Type) -> Result<(), GobError> {
        let Type::Uint = of else { return Err(of.is_no("uint")) };
        *self = from.uint()?;
        Ok(())
    }

    fn define(_: &mut Encoder) -> TypeId {
        TypeId::UINT
    }

    fn encode(&self, _: &mut Encoder, to: &mut Vec<u8>) {
        put_uint(to, *self);
    }

    fn is_zero(&self) -> bool {
        *self == 0
    }
}

/// Go strings may be any bytes; invalid UTF-8 gets replacement characters.
impl Gob for String {
    fn decode(&mut self, from: &mut Input<'_>, of: &Type) -> Result<(), GobError> {
        let Type::String = of else { return Err(of.is_no("string")) };
        let bytes = from.bytes()?;
        from.charge(bytes.len())?;
        *self = Self::from_utf8_lossy(bytes).into_owned();
        Ok(())
    }

    fn define(_: &mut Encoder) -> TypeId {
        TypeId::STRING
    }

    fn encode(&self, _: &mut Encoder, to: &mut Vec<u8>) {
        put_bytes(to, self.as_bytes());
    }

    fn is_zero(&self) -> bool {
        self.is_empty()
    }
}

/// `[]byte`.
impl Gob for Vec<u8> {
    fn decode(&mut self, from: &mut Input<'_>, of: &Type) -> Result<(), GobError> {
        let Type::Bytes = of else { return Err(of.is_no("[]byte")) };
        let bytes = from.bytes()?;
        from.charge(bytes.len())?;
        *self = bytes.to_vec();
        Ok(())
    }

    fn define(_: &mut Encoder) -> TypeId {
        TypeId::BYTES
    }

    fn encode(&self, _: &mut Encoder, to: &mut Vec<u8>) {
        put_bytes(to, self);
    }

    fn is_zero(&self) -> bool {
        self.is_empty()
    }
}

/// A pointer. Gob sends the value it points to, and omits a nil pointer: a pointer to a zero that is not a
/// struct arrives as nil, as in Go.
impl<T: Gob> Gob for Option<T> {
    const STRUCT: bool = T::STRUCT;

    fn decode(&mut self, from: &mut Input<'_>, of: &Type) -> Result<(), GobError> {
        self.insert(T::default()).decode(from, of)
    }

    fn define(encoder: &mut Encoder) -> TypeId {
        T::define(encoder)
    }

    fn encode(&self, encoder: &mut Encoder, to: &mut Vec<u8>) {
        match self {
            Some(value) => value.encode(encoder, to),
            None => T::default().encode(encoder, to),
        }
    }

    fn is_zero(&self) -> bool {
        self.as_ref().is_none_or(Gob::is_zero)
    }
}

impl<T: Gob> Gob for Vec<T> {
    fn decode(&mut self, from: &mut Input<'_>, of: &Type) -> Result<(), GobError> {
        let Type::List(element) = of else { return Err(of.is_no("slice")) };
        let element = from.type_of(*element)?;
        self.clear();
        from.elements(|from| {
            // A vector grows by doubling.
            from.charge(2 * size_of::<T>())?;
            let mut value = T::default();
            value.decode(from, &element)?;
            self.push(value);
            Ok(())
        })
    }

    fn define(encoder: &mut Encoder) -> TypeId {
        encoder.number::<Self>(|encoder, id| {
            let element = T::define(encoder);
            encoder.define(id, "", &Shape::Slice(element));
        })
    }

    fn encode(&self, encoder: &mut Encoder, to: &mut Vec<u8>) {
        put_uint(to, self.len() as u64);
        for value in self {
            value.encode(encoder, to);
        }
    }

    fn is_zero(&self) -> bool {
        self.is_empty()
    }
}

impl<K: Gob + Ord, V: Gob> Gob for BTreeMap<K, V> {
    fn decode(&mut self, from: &mut Input<'_>, of: &Type) -> Result<(), GobError> {
        let Type::Map(key, value) = of else { return Err(of.is_no("map")) };
        let (of_key, of_value) = (from.type_of(*key)?, from.type_of(*value)?);
        self.clear();
        from.elements(|from| {
            from.charge(2 * size_of::<(K, V)>() + ENTRY)?;
            let (mut key, mut value) = (K::default(), V::default());
            key.decode(from, &of_key)?;
            value.decode(from, &of_value)?;
            self.insert(key, value);
            Ok(())
        })
    }

    fn define(encoder: &mut Encoder) -> TypeId {
        encoder.number::<Self>(|encoder, id| {
            let (key, value) = (K::define(encoder), V::define(encoder));
            encoder.define(id, "", &Shape::Map(key, value));
        })
    }

    fn encode(&self, encoder: &mut Encoder, to: &mut Vec<u8>) {
        put_uint(to, self.len() as u64);
        for (key, value) in self {
            key.encode(encoder, to);
            value.encode(encoder, to);
        }
    }

    fn is_zero(&self) -> bool {
        self.is_empty()
    }
}

/// An ignored value: sent by go-plugin's clients if a method has no argument. It is written as nil.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Nil;

impl Gob for Nil {
    const ANY: bool = true;

    fn decode(&mut self, from: &mut Input<'_>, of: &Type) -> Result<(), GobError> {
        from.skip(of)
    }

    fn define(_: &mut Encoder) -> TypeId {
        TypeId::INTERFACE
    }

    fn encode(&self, _: &mut Encoder, to: &mut Vec<u8>) {
        // An interface without a name.
        put_uint(to, 0);
    }

    fn is_zero(&self) -> bool {
        true
    }
}

/// A type with a registered name in interface values (Go's `gob.Register`).
pub trait Registered: Gob {
    /// The name. For a pointer, `gob.Register` uses the type's own with its package: `*plugin.BasicError`.
    const NAME: &'static str;
}

/// A value of an interface type, such as `error`: nil, or a value of the one expected type.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Interface<T>(pub Option<T>);

impl<T: Registered> Gob for Interface<T> {
    fn decode(&mut self, from: &mut Input<'_>, of: &Type) -> Result<(), GobError> {
        let Type::Interface = of else { return Err(of.is_no("interface")) };
        self.0 = from.interface::<T>()?.map(|(_, value)| value);
        Ok(())
    }

    fn define(_: &mut Encoder) -> TypeId {
        TypeId::INTERFACE
    }

    fn encode(&self, encoder: &mut Encoder, to: &mut Vec<u8>) {
        let Some(value) = &self.0 else { return put_uint(to, 0) };
        put_bytes(to, T::NAME.as_bytes());
        put_int(to, T::define(encoder).0);
        let mut bytes = Vec::new();
        if !T::STRUCT {
            bytes.push(0);
        }
        value.encode(encoder, &mut bytes);
        put_bytes(to, &bytes);
    }

    fn is_zero(&self) -> bool {
        self.0.is_none()
    }
}

gob_struct! {
    /// go-plugin's own error type (`error.go`, `BasicError`).
    pub struct BasicError = "BasicError" {
        message: String = "Message",
    }
}

impl Registered for BasicError {
    const NAME: &'static str = "*plugin.BasicError";
}
