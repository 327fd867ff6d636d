//! Rust structs as Go's: each field with the name that Go gives it.

/// Declares a struct and its form in Go, whose fields stand in the order in which they are written.
macro_rules! gob_struct {
    ($(
        $(#[$attribute:meta])*
        $visibility:vis struct $name:ident = $go:literal {
            $($field:ident: $type:ty = $go_field:literal,)*
        }
    )*) => {$(
        $(#[$attribute])*
        #[derive(Debug, Clone, Default, PartialEq)]
        $visibility struct $name {
            $(pub(crate) $field: $type,)*
        }

        impl $crate::go_plugin::net_rpc::gob::Gob for $name {
            const STRUCT: bool = true;

            fn decode(
                &mut self,
                from: &mut $crate::go_plugin::net_rpc::gob::Input<'_>,
                of: &$crate::go_plugin::net_rpc::gob::Type,
            ) -> Result<(), $crate::go_plugin::net_rpc::gob::GobError> {
                from.fields(of, |from, name, of| match name {
                    $($go_field => self.$field.decode(from, of),)*
                    _ => from.skip(of),
                })
            }

            fn define(
                encoder: &mut $crate::go_plugin::net_rpc::gob::Encoder,
            ) -> $crate::go_plugin::net_rpc::gob::TypeId {
                encoder.number::<Self>(|encoder, id| {
                    let fields = [$(
                        ($go_field, <$type as $crate::go_plugin::net_rpc::gob::Gob>::define(encoder)),
                    )*];
                    encoder.define(id, $go, &$crate::go_plugin::net_rpc::gob::Shape::Struct(&fields));
                })
            }

            fn encode(&self, encoder: &mut $crate::go_plugin::net_rpc::gob::Encoder, to: &mut Vec<u8>) {
                $crate::go_plugin::net_rpc::gob::Fields::new(encoder, to)
                    $(.field(&self.$field))*
                    .end();
            }

            fn is_zero(&self) -> bool {
                false
            }
        }
    )*};
}

pub(crate) use gob_struct;

use super::Gob;
use super::encoder::{Encoder, put_uint};

/// Writes a struct: for each field that is not zero how far it is from the last one, and its value.
pub(crate) struct Fields<'a> {
    encoder: &'a mut Encoder,
    to: &'a mut Vec<u8>,
    left_out: u64,
}

impl<'a> Fields<'a> {
    pub(crate) fn new(encoder: &'a mut Encoder, to: &'a mut Vec<u8>) -> Self {
        Self { encoder, to, left_out: 0 }
    }

    pub(crate) fn field(mut self, value: &impl Gob) -> Self {
        if value.is_zero() {
            self.left_out += 1;
        } else {
            put_uint(self.to, self.left_out + 1);
            self.left_out = 0;
            value.encode(self.encoder, self.to);
        }
        self
    }

    pub(crate) fn end(self) {
        self.to.push(0);
    }
}
