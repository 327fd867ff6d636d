//! Rust structs in Go's form: each field with its Go name.

/// Declares structs and their Go form: each field with its Go name, in Go's order.
///
/// The struct implements [`Gob`](crate::net_rpc::gob::Gob), `Debug`, `Clone`, `Default` and `PartialEq`.
///
/// ```
/// use go_plugin::net_rpc::gob::gob_struct;
///
/// gob_struct! {
///     /// `type Point struct { X, Y int }`
///     pub struct Point = "Point" {
///         x: i64 = "X",
///         y: i64 = "Y",
///     }
/// }
/// ```
#[macro_export]
#[doc(hidden)]
macro_rules! __gob_struct {
    ($(
        $(#[$attribute:meta])*
        $visibility:vis struct $name:ident = $go:literal {
            $($field:ident: $type:ty = $go_field:literal,)*
        }
    )*) => {$(
        $(#[$attribute])*
        #[derive(Debug, Clone, Default, PartialEq)]
        $visibility struct $name {
            $(#[allow(missing_docs)] pub $field: $type,)*
        }

        impl $crate::net_rpc::gob::Gob for $name {
            const STRUCT: bool = true;

            fn decode(
                &mut self,
                from: &mut $crate::net_rpc::gob::Input<'_>,
                of: &$crate::net_rpc::gob::Type,
            ) -> ::core::result::Result<(), $crate::net_rpc::gob::GobError> {
                from.fields(of, |from, name, of| match name {
                    $($go_field => self.$field.decode(from, of),)*
                    _ => from.skip(of),
                })
            }

            fn define(
                encoder: &mut $crate::net_rpc::gob::Encoder,
            ) -> $crate::net_rpc::gob::TypeId {
                encoder.number::<Self>(|encoder, id| {
                    let fields = [$(
                        ($go_field, <$type as $crate::net_rpc::gob::Gob>::define(encoder)),
                    )*];
                    encoder.define(id, $go, &$crate::net_rpc::gob::Shape::Struct(&fields));
                })
            }

            fn encode(&self, encoder: &mut $crate::net_rpc::gob::Encoder, to: &mut ::std::vec::Vec<u8>) {
                $crate::net_rpc::gob::Fields::new(encoder, to)
                    $(.field(&self.$field))*
                    .end();
            }

            fn is_zero(&self) -> bool {
                false
            }
        }
    )*};
}

pub use crate::__gob_struct as gob_struct;

use super::encoder::{Encoder, put_uint};
use super::value::Gob;

/// Writes a struct, for [`gob_struct!`]: for each nonzero field, the distance from the last one and the
/// value.
#[derive(Debug)]
#[doc(hidden)]
pub struct Fields<'a> {
    encoder: &'a mut Encoder,
    to: &'a mut Vec<u8>,
    left_out: u64,
}

impl<'a> Fields<'a> {
    /// Starts a struct.
    pub fn new(encoder: &'a mut Encoder, to: &'a mut Vec<u8>) -> Self {
        Self { encoder, to, left_out: 0 }
    }

    /// Writes the next field.
    #[must_use]
    pub fn field(mut self, value: &impl Gob) -> Self {
        if value.is_zero() {
            self.left_out += 1;
        } else {
            put_uint(self.to, self.left_out + 1);
            self.left_out = 0;
            value.encode(self.encoder, self.to);
        }
        self
    }

    /// Ends the struct.
    pub fn end(self) {
        self.to.push(0);
    }
}
