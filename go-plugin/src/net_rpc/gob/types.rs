//! The types defined by the other side.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use super::error::GobError;
use super::input::Input;

/// The memory limit for all type definitions of a stream, which are small and number some dozens.
const MEMORY: usize = 1 << 20;

/// The memory cost of a type besides its names.
const TYPE: usize = 128;

/// Go's number of a type: below 64 predefined, from there on defined in the stream.
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
    /// The first number that a stream may define (`type.go`, `firstUserId`).
    pub(super) const FIRST: i64 = 64;
}

/// A type defined by the other side.
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
    /// A type with its own encoding, as bytes (`GobEncoder`, `BinaryMarshaler`).
    Opaque,
}

impl Type {
    /// The error for a value of this type if another is expected.
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
            Self::Opaque => "a value with its own encoding",
        };
        GobError::new(format_args!("expected a {wanted}, found {is}"))
    }

    /// A definition: Go's `wireType` (`type.go`), with fields that both sides know by number.
    pub(super) fn read(from: &mut Input<'_>) -> Result<Self, GobError> {
        let mut found = None;
        from.numbered_fields(|from, number| {
            if found.is_some() {
                return Err(GobError::new("a type has two definitions"));
            }
            found = Some(match number {
                // An array also has a length, which each value repeats.
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
                        "invalid field number {number} in a type definition"
                    )));
                }
            });
            Ok(())
        })?;
        found.ok_or_else(|| GobError::new("a type definition is empty"))
    }

    fn cost(&self) -> usize {
        match self {
            Self::Struct(fields) => fields.iter().map(|(name, _)| TYPE + name.len()).sum::<usize>() + TYPE,
            _ => TYPE,
        }
    }
}

/// `arrayType`, `sliceType`, `mapType` and `gobEncoderType`: the common fields, and up to two type numbers.
fn parts(from: &mut Input<'_>) -> Result<(TypeId, TypeId), GobError> {
    let mut parts = (TypeId(0), TypeId(0));
    from.numbered_fields(|from, number| {
        match number {
            0 => common(from)?,
            1 => parts.0 = TypeId(from.int()?),
            2 => parts.1 = TypeId(from.int()?),
            _ => {
                return Err(GobError::new(format_args!(
                    "invalid field number {number} in a type definition"
                )));
            }
        }
        Ok(())
    })?;
    Ok(parts)
}

/// `structType`: the common fields, and a slice of `fieldType`.
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
                    _ => {
                        return Err(GobError::new(
                            "expected only name and type in the definition of a field",
                        ));
                    }
                }
                Ok(())
            })?;
            from.charge(TYPE + field.0.len())?;
            fields.push(field);
            Ok(())
        }),
        _ => Err(GobError::new(format_args!("invalid field number {number} in a struct definition"))),
    })?;
    Ok(fields)
}

/// `CommonType`: an informational name, and the number again.
fn common(from: &mut Input<'_>) -> Result<(), GobError> {
    from.numbered_fields(|from, number| match number {
        0 => from.bytes().map(drop),
        1 => from.int().map(drop),
        _ => Err(GobError::new("expected only name and number in the common fields of a type")),
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
            return Err(GobError::new(format_args!("type {} is predefined in Go", id.0)));
        }
        let memory = self.memory + defined.cost();
        if memory > MEMORY {
            return Err(GobError::new("the type definitions exceed their memory limit"));
        }
        match self.defined.entry(id) {
            Entry::Vacant(entry) => {
                entry.insert(Arc::new(defined));
                self.memory = memory;
                Ok(())
            }
            // A value that continues in another message is read again from its start.
            Entry::Occupied(entry) if **entry.get() == defined => Ok(()),
            Entry::Occupied(_) => Err(GobError::new(format_args!("type {} is defined twice", id.0))),
        }
    }

    /// The memory for further definitions.
    pub(super) fn left(&self) -> usize {
        MEMORY.saturating_sub(self.memory)
    }

    /// Their memory, as far as it is counted.
    #[cfg(test)]
    pub(super) fn memory(&self) -> usize {
        self.memory
    }
}
