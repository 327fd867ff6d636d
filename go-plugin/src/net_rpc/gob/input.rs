//! Takes numbers and bytes from a message, never more than it has.

use std::sync::Arc;

use super::error::GobError;
use super::types::{Type, TypeId, Types};

/// How deep values may lie in one another. The host's objects need less than ten levels; Go takes thousands.
const DEPTH: u32 = 64;

/// The rest of a message.
pub struct Input<'a> {
    rest: &'a [u8],
    types: &'a mut Types,
    /// The memory that the value may still take.
    memory: usize,
    depth: u32,
}

impl<'a> Input<'a> {
    pub(super) fn new(rest: &'a [u8], types: &'a mut Types, memory: usize) -> Self {
        Self { rest, types, memory, depth: 0 }
    }

    /// How many bytes there are still.
    pub(super) fn left(&self) -> usize {
        self.rest.len()
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], GobError> {
        let (taken, rest) =
            self.rest.split_at_checked(count).ok_or_else(|| GobError::new("the message is cut off"))?;
        self.rest = rest;
        Ok(taken)
    }

    /// Up to 127 in one byte; a larger one is the number of its bytes, negated, and then these.
    pub fn uint(&mut self) -> Result<u64, GobError> {
        let first = self.take(1)?.first().copied().unwrap_or_default();
        if first < 0x80 {
            return Ok(first.into());
        }
        let count = usize::from(first.wrapping_neg());
        if count > 8 {
            return Err(GobError::new(format_args!("a number of {count} bytes; Go's have 8 at most")));
        }
        Ok(self.take(count)?.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    /// The sign is in the lowest bit.
    pub fn int(&mut self) -> Result<i64, GobError> {
        let number = self.uint()?;
        let magnitude = (number >> 1).cast_signed();
        Ok(if number & 1 == 1 { !magnitude } else { magnitude })
    }

    /// Bytes after their number.
    pub fn bytes(&mut self) -> Result<&'a [u8], GobError> {
        let count = self.uint()?;
        let rest = self.rest.len();
        match usize::try_from(count) {
            Ok(count) if count <= rest => self.take(count),
            _ => Err(GobError::new(format_args!(
                "{count} bytes are announced, and the message has {rest} more"
            ))),
        }
    }

    /// How many elements follow, each of which takes a byte at least.
    pub fn count(&mut self) -> Result<usize, GobError> {
        let count = self.uint()?;
        let rest = self.rest.len();
        usize::try_from(count).ok().filter(|count| *count <= rest).ok_or_else(|| {
            GobError::new(format_args!(
                "{count} elements are announced, and the message has {rest} bytes more"
            ))
        })
    }

    /// To be called for all memory that a value takes and that the message's own length does not limit.
    pub fn charge(&mut self, bytes: usize) -> Result<(), GobError> {
        match self.memory.checked_sub(bytes) {
            Some(left) => {
                self.memory = left;
                Ok(())
            }
            None => Err(GobError::new("the value takes more memory than a message of this length may")),
        }
    }

    /// The type of this number.
    pub fn type_of(&self, id: TypeId) -> Result<Arc<Type>, GobError> {
        self.types.get(id)
    }

    /// What lies one level deeper.
    pub fn deeper<T>(&mut self, work: impl FnOnce(&mut Self) -> Result<T, GobError>) -> Result<T, GobError> {
        if self.depth == DEPTH {
            return Err(GobError::new(format_args!("values lie in one another more than {DEPTH} deep")));
        }
        self.depth += 1;
        let done = work(self);
        self.depth -= 1;
        done
    }

    /// Calls `field` with the number of each field that is there. It has to take the field's value.
    pub fn numbered_fields(
        &mut self,
        mut field: impl FnMut(&mut Self, usize) -> Result<(), GobError>,
    ) -> Result<(), GobError> {
        self.deeper(|input| {
            // Counted from the last one; the first is one away from none.
            let mut next = 0_usize;
            loop {
                let delta = input.uint()?;
                if delta == 0 {
                    return Ok(());
                }
                let number = usize::try_from(delta - 1).ok().and_then(|delta| next.checked_add(delta));
                let number = number.filter(|number| *number < usize::MAX);
                let number = number.ok_or_else(|| GobError::new("a struct has no such field"))?;
                field(input, number)?;
                next = number + 1;
            }
        })
    }

    /// Calls `field` with name and type of each field that is there. It has to take the field's value.
    pub fn fields(
        &mut self,
        of: &Type,
        mut field: impl FnMut(&mut Self, &str, &Type) -> Result<(), GobError>,
    ) -> Result<(), GobError> {
        let Type::Struct(fields) = of else { return Err(of.is_no("struct")) };
        self.numbered_fields(|input, number| {
            let found = fields.get(number);
            let (name, id) = found.ok_or_else(|| {
                GobError::new(format_args!("field {number} of a struct that has {}", fields.len()))
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

    /// What `read` makes of an interface's value of any type; none where it is nil.
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

    /// The zero before a value that stands alone and is not a struct.
    pub(super) fn no_struct(&mut self) -> Result<(), GobError> {
        match self.uint()? {
            0 => Ok(()),
            _ => Err(GobError::new("a value that stands alone has no zero before it")),
        }
    }

    /// Name and type; after them comes the number of bytes of the value, and the value.
    pub(super) fn interface_head(&mut self) -> Result<Option<(String, Arc<Type>)>, GobError> {
        let name = self.bytes()?;
        if name.is_empty() {
            return Ok(None);
        }
        self.charge(name.len())?;
        let name = String::from_utf8_lossy(name).into_owned();
        let id = self.type_sequence()?;
        let of = self.type_of(id).map_err(|error| error.at(&name))?;
        // The value's length, for those who skip it.
        self.count()?;
        Ok(Some((name, of)))
    }

    /// Definitions may stand before the number of a type within an interface. After each comes the length of what
    /// follows, or the message ends, and what follows is the next one (`decoder.go`, `decodeTypeSequence`).
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

    /// The definition of the type of this negated number.
    pub(super) fn define(&mut self, negated: i64) -> Result<(), GobError> {
        let id = TypeId(negated.checked_neg().ok_or_else(|| GobError::new("a type has no such number"))?);
        let defined = Type::read(self)?;
        self.types.define(id, defined)
    }

    /// Takes a value that nobody wants.
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
