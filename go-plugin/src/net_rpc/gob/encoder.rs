//! Encodes values to messages.

use std::any::TypeId as RustType;
use std::collections::HashMap;

use super::types::TypeId;

/// The encoder of one direction of a stream, with the types defined so far.
#[derive(Debug)]
pub struct Encoder {
    defined: HashMap<RustType, TypeId>,
    next: i64,
    /// Complete messages to send before the value.
    pub(super) definitions: Vec<u8>,
}

impl Default for Encoder {
    fn default() -> Self {
        // The same as Go's first id.
        Self { defined: HashMap::new(), next: TypeId::FIRST + 1, definitions: Vec::new() }
    }
}

/// The structure of a type, for its definition.
#[derive(Debug)]
#[non_exhaustive]
pub enum Shape<'a> {
    /// A slice with its element type.
    Slice(TypeId),
    /// A map with its key and value types.
    Map(TypeId, TypeId),
    /// A struct with the names and types of its fields.
    Struct(&'a [(&'a str, TypeId)]),
    /// A type with its own encoding (`GobEncoder`).
    Opaque,
}

impl Encoder {
    /// Returns the number of a type that is not predefined in Go; the first use calls `define`, which
    /// may request the numbers of other types, and of this one.
    pub fn number<T: 'static>(&mut self, define: impl FnOnce(&mut Self, TypeId)) -> TypeId {
        let rust = RustType::of::<T>();
        if let Some(id) = self.defined.get(&rust) {
            return *id;
        }
        let id = TypeId(self.next);
        self.next += 1;
        self.defined.insert(rust, id);
        define(self, id);
        id
    }

    /// Defines the type with this number. The name is informational: Go only compares field names.
    pub fn define(&mut self, id: TypeId, name: &str, shape: &Shape<'_>) {
        let mut body = Vec::new();
        put_int(&mut body, -id.0);
        // `wireType` has one field per kind of type, each starting with the common fields.
        let field = match shape {
            Shape::Slice(_) => 2,
            Shape::Struct(_) => 3,
            Shape::Map(..) => 4,
            Shape::Opaque => 5,
        };
        put_uint(&mut body, field);
        put_uint(&mut body, 1);
        if !name.is_empty() {
            put_uint(&mut body, 1);
            put_bytes(&mut body, name.as_bytes());
        }
        put_uint(&mut body, if name.is_empty() { 2 } else { 1 });
        put_int(&mut body, id.0);
        put_uint(&mut body, 0);
        match shape {
            Shape::Slice(element) => {
                put_uint(&mut body, 1);
                put_int(&mut body, element.0);
            }
            Shape::Map(key, value) => {
                for part in [key, value] {
                    put_uint(&mut body, 1);
                    put_int(&mut body, part.0);
                }
            }
            Shape::Struct([]) | Shape::Opaque => {}
            Shape::Struct(fields) => {
                put_uint(&mut body, 1);
                put_uint(&mut body, fields.len() as u64);
                for (name, id) in *fields {
                    put_uint(&mut body, 1);
                    put_bytes(&mut body, name.as_bytes());
                    put_uint(&mut body, 1);
                    put_int(&mut body, id.0);
                    put_uint(&mut body, 0);
                }
            }
        }
        put_uint(&mut body, 0);
        put_uint(&mut body, 0);
        put_bytes(&mut self.definitions, &body);
    }
}

/// Up to 127 in one byte; otherwise the negated number of bytes, followed by the bytes.
pub(super) fn put_uint(to: &mut Vec<u8>, number: u64) {
    let bytes = number.to_be_bytes();
    let needed = bytes.iter().position(|byte| *byte != 0).map_or(&bytes[7..], |first| &bytes[first..]);
    if number >= 0x80 {
        // At most 8.
        #[allow(clippy::cast_possible_truncation)]
        to.push((needed.len() as u8).wrapping_neg());
    }
    to.extend_from_slice(needed);
}

/// The sign is stored in the lowest bit.
pub(super) fn put_int(to: &mut Vec<u8>, number: i64) {
    let negative = number < 0;
    let magnitude = if negative { !number } else { number }.cast_unsigned();
    put_uint(to, magnitude << 1 | u64::from(negative));
}

/// Writes bytes with a length prefix.
pub fn put_bytes(to: &mut Vec<u8>, bytes: &[u8]) {
    put_uint(to, bytes.len() as u64);
    to.extend_from_slice(bytes);
}
