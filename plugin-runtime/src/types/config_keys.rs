//! Finds the configuration keys that a type reads, from its `Deserialize` implementation.

use std::fmt;

use serde::de::{self, Deserializer, Visitor};
use serde::{Deserialize, forward_to_deserialize_any};

/// Returns the names of `T`'s fields as `Deserialize` expects them (renamed, with aliases). `None` if `T`
/// accepts any key: a map, or a struct with a flattened field.
pub(crate) fn config_keys<'de, T: Deserialize<'de>>() -> Option<&'static [&'static str]> {
    match T::deserialize(Fields) {
        Err(Found(fields)) => fields,
        // A type that deserializes from nothing reads no key.
        Ok(_) => Some(&[]),
    }
}

/// A deserializer that returns a struct's field names as its error.
struct Fields;

/// The fields, if the type is a struct.
#[derive(Debug)]
struct Found(Option<&'static [&'static str]>);

impl<'de> Deserializer<'de> for Fields {
    type Error = Found;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Found> {
        Err(Found(None))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Found> {
        Err(Found(Some(fields)))
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Found> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Found> {
        visitor.visit_some(self)
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Found> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit seq tuple
        tuple_struct map enum identifier ignored_any
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("field names requested")
    }
}

impl std::error::Error for Found {}

impl de::Error for Found {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self(None)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    #[allow(dead_code)]
    struct Settings {
        region: String,
        #[serde(default)]
        path_style: bool,
        #[serde(rename = "ttl", alias = "timeToLive")]
        time_to_live: Option<u8>,
        #[serde(skip)]
        client: Option<u8>,
    }

    #[derive(Deserialize)]
    #[allow(dead_code)]
    struct Wrapped(Settings);

    #[derive(Deserialize)]
    #[allow(dead_code)]
    struct Flattened {
        region: String,
        #[serde(flatten)]
        others: BTreeMap<String, String>,
    }

    #[derive(Deserialize)]
    struct Nothing;

    #[test]
    fn fields_have_serdes_names() {
        for keys in [config_keys::<Settings>(), config_keys::<Wrapped>(), config_keys::<Option<Settings>>()] {
            assert_eq!(keys.unwrap(), ["region", "pathStyle", "timeToLive", "ttl"]);
        }
        assert_eq!(config_keys::<Nothing>(), Some(&[][..]));
    }

    #[test]
    fn types_that_accept_any_key_have_no_names() {
        assert_eq!(config_keys::<Flattened>(), None);
        assert_eq!(config_keys::<BTreeMap<String, String>>(), None);
    }
}
