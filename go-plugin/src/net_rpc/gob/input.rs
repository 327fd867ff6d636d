//! Reads numbers and bytes from a message, never beyond its end.

use std::sync::Arc;

use super::error::GobError;
use super::types::{Type, TypeId, Types};

/// The maximum nesting depth of values. The host's objects need less than ten levels; Go accepts thousands.
const DEPTH: u32 = 64;

/// The rest of a message.
pub struct Input<'a> {
    rest: &'a [u8],
    types: &'a mut Types,
    /// The remaining memory limit of the value.
    memory: usize,
    depth: u32,
}

impl<'a> Input<'a> {
    pub(super) fn new(rest: &'a [u8], types: &'a mut Types, memory: usize) -> Self {
        Self { rest, types, memory, depth: 0 }
    }

    /// The number of remaining bytes.
    pub(super) fn left(&self) -> usize {
        self.rest.len()
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], GobError> {
        let (taken, rest) =
            self.rest.split_at_checked(count).ok_or_else(|| GobError::new("the message is cut off"))?;
        self.rest = rest;
        Ok(taken)
    }

    /// Up to 127 in one byte; otherwise the negated number of bytes, followed by the bytes.
    pub fn uint(&mut self) -> Result<u64, GobError> {
        let first = self.take(1)?.first().copied().unwrap_or_default();
        if first < 0x80 {
            return Ok(first.into());
        }
        let count = usize::from(first.wrapping_neg());
        if count > 8 {
            return Err(GobError::new(format_args!("expected a number of at most 8 bytes, found {count}")));
        }
        Ok(self.take(count)?.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    /// The sign is in the lowest bit.
    pub fn int(&mut self) -> Result<i64, GobError> {
        let number = self.uint()?;
        let magnitude = (number >> 1).cast_signed();
        Ok(if number & 1 == 1 { !magnitude } else { magnitude })
    }

    /// Reads bytes with a length prefix.
    pub fn bytes(&mut self) -> Result<&'a [u8], GobError> {
        let count = self.uint()?;
        let rest = self.rest.len();
        match usize::try_from(count) {
            Ok(count) if count <= rest => self.take(count),
            _ => Err(GobError::new(format_args!("expected {count} bytes, found {rest}"))),
        }
    }

    /// Reads the number of following elements, each of which has at least one byte.
    pub fn count(&mut self) -> Result<usize, GobError> {
        let count = self.uint()?;
        let rest = self.rest.len();
        usize::try_from(count)
            .ok()
            .filter(|count| *count <= rest)
            .ok_or_else(|| GobError::new(format_args!("expected {count} elements, found {rest} bytes")))
    }

    /// Call it for all memory of a value that the message's length does not limit.
    pub fn charge(&mut self, bytes: usize) -> Result<(), GobError> {
        match self.memory.checked_sub(bytes) {
            Some(left) => {
                self.memory = left;
                Ok(())
            }
            None => Err(GobError::new("the value exceeds the memory limit of a message of this length")),
        }
    }

    /// Returns the type with this number.
    pub fn type_of(&self, id: TypeId) -> Result<Arc<Type>, GobError> {
        self.types.get(id)
    }

    /// Reads one level deeper.
    pub fn deeper<T>(&mut self, work: impl FnOnce(&mut Self) -> Result<T, GobError>) -> Result<T, GobError> {
        if self.depth == DEPTH {
            return Err(GobError::new(format_args!("values are nested more than {DEPTH} levels deep")));
        }
        self.depth += 1;
        let done = work(self);
        self.depth -= 1;
        done
    }

    /// Calls `field` with the number of each present field. It must consume the field's value.
    pub fn numbered_fields(
        &mut self,
        mut field: impl FnMut(&mut Self, usize) -> Result<(), GobError>,
    ) -> Result<(), GobError> {
        self.deeper(|input| {
            // Relative to the last one; the first field has the delta 1.
            let mut next = 0_usize;
            loop {
                let delta = input.uint()?;
                if delta == 0 {
                    return Ok(());
                }
                let number = usize::try_from(delta - 1).ok().and_then(|delta| next.checked_add(delta));
                let number = number.filter(|number| *number < usize::MAX);
                let number = number.ok_or_else(|| GobError::new("invalid field number"))?;
                field(input, number)?;
                next = number + 1;
            }
        })
    }

    /// Calls `field` with name and type of each present field. It must consume the field's value.
    pub fn fields(
        &mut self,
        of: &Type,
        mut field: impl FnMut(&mut Self, &str, &Type) -> Result<(), GobError>,
    ) -> Result<(), GobError> {
        let Type::Struct(fields) = of else { return Err(of.is_no("struct")) };
        self.numbered_fields(|input, number| {
            let found = fields.get(number);
            let (name, id) = found.ok_or_else(|| {
                GobError::new(format_args!(
                    "invalid field number {number}; the struct has {} fields",
                    fields.len()
                ))
            })?;
            let of = input.type_of(*id).map_err(|error| error.at(name))?;
            field(input, name, &of).map_err(|error| error.at(name))
        })
    }

    /// Reads the elements of a slice, array or map one by one.
    pub fn elements(
        &mut self,
        mut element: impl FnMut(&mut Self) -> Result<(), GobError>,
    ) -> Result<(), GobError> {
        self.deeper(|input| {
            for _ in 0..input.count()? {
                element(input)?;
            }
            Ok(())
        })
    }

    /// Returns the result of `read` for an interface's value of any type; `None` if it is nil.
    pub(super) fn interface_of_any_type<T>(
        &mut self,
        read: impl FnOnce(&mut Self, &Type) -> Result<T, GobError>,
    ) -> Result<Option<T>, GobError> {
        let Some((_, of)) = self.interface_head()? else { return Ok(None) };
        if !matches!(*of, Type::Struct(_)) {
            self.no_struct()?;
        }
        self.deeper(|input| read(input, &of)).map(Some)
    }

    /// Reads the zero before a top-level value that is not a struct.
    pub(super) fn no_struct(&mut self) -> Result<(), GobError> {
        match self.uint()? {
            0 => Ok(()),
            _ => Err(GobError::new("expected a zero before a top-level value")),
        }
    }

    /// Reads name and type; the length of the value and the value follow.
    pub(super) fn interface_head(&mut self) -> Result<Option<(String, Arc<Type>)>, GobError> {
        let name = self.bytes()?;
        if name.is_empty() {
            return Ok(None);
        }
        self.charge(name.len())?;
        let name = String::from_utf8_lossy(name).into_owned();
        let id = self.type_sequence()?;
        let of = self.type_of(id).map_err(|error| error.at(&name))?;
        // The value's length, for readers that skip it.
        self.count()?;
        Ok(Some((name, of)))
    }

    /// Definitions may precede the number of a type in an interface. Each is followed by the length of the
    /// rest, or the message ends and the rest is in the next one (`decoder.go`, `decodeTypeSequence`).
    fn type_sequence(&mut self) -> Result<TypeId, GobError> {
        loop {
            let id = self.int()?;
            if id >= 0 {
                return Ok(TypeId(id));
            }
            self.define(id)?;
            if self.rest.is_empty() {
                return Err(GobError::unfinished());
            }
            self.count()?;
        }
    }

    /// Reads the definition of the type with this negated number.
    pub(super) fn define(&mut self, negated: i64) -> Result<(), GobError> {
        let id = TypeId(negated.checked_neg().ok_or_else(|| GobError::new("invalid type number"))?);
        let defined = Type::read(self)?;
        self.types.define(id, defined)
    }

    /// Skips a value.
    pub fn skip(&mut self, of: &Type) -> Result<(), GobError> {
        match of {
            Type::Bool | Type::Int | Type::Uint | Type::Float => self.uint().map(drop),
            Type::Complex => self.uint().and_then(|_| self.uint()).map(drop),
            Type::Bytes | Type::String | Type::Opaque => self.bytes().map(drop),
            Type::Interface => {
                let name = self.bytes()?;
                if !name.is_empty() {
                    self.type_sequence()?;
                    self.bytes()?;
                }
                Ok(())
            }
            Type::List(element) => {
                let element = self.type_of(*element)?;
                self.elements(|input| input.skip(&element))
            }
            Type::Map(key, value) => {
                let (key, value) = (self.type_of(*key)?, self.type_of(*value)?);
                self.elements(|input| {
                    input.skip(&key)?;
                    input.skip(&value)
                })
            }
            Type::Struct(_) => self.fields(of, |input, _, of| input.skip(of)),
        }
    }
}
