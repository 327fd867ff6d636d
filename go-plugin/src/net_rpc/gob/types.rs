//! The types that the other side has defined.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use super::error::GobError;
use super::input::Input;

/// Definitions of types are small, and there are some dozen of them in a stream. What all of them together may take.
const MEMORY: usize = 1 << 20;

/// What a type costs beside its names.
const TYPE: usize = 128;

/// Go's number of a type: below 64 those that both sides know, and from there on what is defined in the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TypeId(pub(super) i64);

impl TypeId {
    pub(super) const BOOL: Self = Self(1);
    pub(super) const INT: Self = Self(2);
    pub(super) const UINT: Self = Self(3);
    pub(super) const FLOAT: Self = Self(4);
    pub(super) const BYTES: Self = Self(5);
    pub(super) const STRING: Self = Self(6);
    pub(super) const COMPLEX: Self = Self(7);
    pub(super) const INTERFACE: Self = Self(8);
    /// The first that a stream may define (`type.go`, `firstUserId`).
    pub(super) const FIRST: i64 = 64;
}

/// A type of the other side.
#[derive(Debug, PartialEq, Eq)]
#[allow(missing_docs)] // Go's types have the same names.
#[non_exhaustive]
pub enum Type {
    Bool,
    Int,
    Uint,
    Float,
    Bytes,
    String,
    Complex,
    Interface,
    /// A slice or an array.
    List(TypeId),
    /// The types of keys and values.
    Map(TypeId, TypeId),
    /// The exported fields, in the order of their numbers.
    Struct(Vec<(String, TypeId)>),
    /// A type that writes itself, as bytes (`GobEncoder`, `BinaryMarshaler`).
    Opaque,
}

impl Type {
    /// The error for a value of this type where another is wanted.
    pub(super) fn is_no(&self, wanted: &str) -> GobError {
        let is = match self {
            Self::Bool => "a bool",
            Self::Int => "an int",
            Self::Uint => "a uint",
            Self::Float => "a float",
            Self::Bytes => "bytes",
            Self::String => "a string",
            Self::Complex => "a complex number",
            Self::Interface => "an interface",
            Self::List(_) => "a slice",
            Self::Map(..) => "a map",
            Self::Struct(_) => "a struct",
            Self::Opaque => "a value that writes itself",
        };
        GobError::new(format_args!("expected a {wanted}, found {is}"))
    }

    /// A definition: Go's `wireType` (`type.go`), whose own fields both sides know by their numbers.
    pub(super) fn read(from: &mut Input<'_>) -> Result<Self, GobError> {
        let mut found = None;
        from.numbered_fields(|from, number| {
            if found.is_some() {
                return Err(GobError::new("a type that is defined as two things at once"));
            }
            found = Some(match number {
                // An array has its length, too, which each value says again.
                0 | 1 => Self::List(parts(from)?.0),
                2 => Self::Struct(fields(from)?),
                3 => {
                    let (key, value) = parts(from)?;
                    Self::Map(key, value)
                }
                4..=6 => {
                    parts(from)?;
                    Self::Opaque
                }
                _ => {
                    return Err(GobError::new(format_args!(
                        "the definition of a type has no field {number}"
                    )));
                }
            });
            Ok(())
        })?;
        found.ok_or_else(|| GobError::new("a type that is defined as nothing"))
    }

    fn cost(&self) -> usize {
        match self {
            Self::Struct(fields) => fields.iter().map(|(name, _)| TYPE + name.len()).sum::<usize>() + TYPE,
            _ => TYPE,
        }
    }
}

/// `arrayType`, `sliceType`, `mapType` and `gobEncoderType`: what all types have, and up to two numbers of types.
fn parts(from: &mut Input<'_>) -> Result<(TypeId, TypeId), GobError> {
    let mut parts = (TypeId(0), TypeId(0));
    from.numbered_fields(|from, number| {
        match number {
            0 => common(from)?,
            1 => parts.0 = TypeId(from.int()?),
            2 => parts.1 = TypeId(from.int()?),
            _ => return Err(GobError::new(format_args!("the definition of a type has no field {number}"))),
        }
        Ok(())
    })?;
    Ok(parts)
}

/// `structType`: what all types have, and a slice of `fieldType`.
fn fields(from: &mut Input<'_>) -> Result<Vec<(String, TypeId)>, GobError> {
    let mut fields = Vec::new();
    from.numbered_fields(|from, number| match number {
        0 => common(from),
        1 => from.elements(|from| {
            let mut field = (String::new(), TypeId(0));
            from.numbered_fields(|from, number| {
                match number {
                    0 => field.0 = String::from_utf8_lossy(from.bytes()?).into_owned(),
                    1 => field.1 = TypeId(from.int()?),
                    _ => return Err(GobError::new("a field of a struct has a name and a type only")),
                }
                Ok(())
            })?;
            from.charge(TYPE + field.0.len())?;
            fields.push(field);
            Ok(())
        }),
        _ => Err(GobError::new(format_args!("the definition of a struct has no field {number}"))),
    })?;
    Ok(fields)
}

/// `CommonType`: a name for people and the number again.
fn common(from: &mut Input<'_>) -> Result<(), GobError> {
    from.numbered_fields(|from, number| match number {
        0 => from.bytes().map(drop),
        1 => from.int().map(drop),
        _ => Err(GobError::new("what all types have is a name and a number only")),
    })
}

/// All types of a stream.
#[derive(Debug, Default)]
pub(super) struct Types {
    defined: HashMap<TypeId, Arc<Type>>,
    memory: usize,
}

impl Types {
    pub(super) fn get(&self, id: TypeId) -> Result<Arc<Type>, GobError> {
        let builtin = match id {
            TypeId::BOOL => Type::Bool,
            TypeId::INT => Type::Int,
            TypeId::UINT => Type::Uint,
            TypeId::FLOAT => Type::Float,
            TypeId::BYTES => Type::Bytes,
            TypeId::STRING => Type::String,
            TypeId::COMPLEX => Type::Complex,
            TypeId::INTERFACE => Type::Interface,
            _ => {
                let defined = self.defined.get(&id).cloned();
                return defined.ok_or_else(|| GobError::new(format_args!("type {} is not defined", id.0)));
            }
        };
        Ok(Arc::new(builtin))
    }

    pub(super) fn define(&mut self, id: TypeId, defined: Type) -> Result<(), GobError> {
        if id.0 < TypeId::FIRST {
            return Err(GobError::new(format_args!("type {} is Go's own, and not to be defined", id.0)));
        }
        let memory = self.memory + defined.cost();
        if memory > MEMORY {
            return Err(GobError::new("the definitions of the types take more memory than they may"));
        }
        match self.defined.entry(id) {
            Entry::Vacant(entry) => {
                entry.insert(Arc::new(defined));
                self.memory = memory;
                Ok(())
            }
            // What goes on in another message is read again from its start.
            Entry::Occupied(entry) if **entry.get() == defined => Ok(()),
            Entry::Occupied(_) => Err(GobError::new(format_args!("type {} is defined twice", id.0))),
        }
    }

    /// What they take, as far as it is counted.
    #[cfg(test)]
    pub(super) fn memory(&self) -> usize {
        self.memory
    }
}
