//! Reads a ConfigMap's data, which is text, into the author's type: what the type asks for decides how a text is read.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, btree_map};
use std::fmt;

use serde::de::{self, DeserializeOwned, DeserializeSeed, IntoDeserializer, MapAccess, SeqAccess, Visitor};
use serde::{Deserializer, forward_to_deserialize_any};
use serde_json::Value;

use crate::types::{Config, go_duration};

/// What was read, and what was not.
pub(super) struct Read<T> {
    pub(super) settings: T,
    /// Keys that the type has no place for.
    pub(super) unknown: Vec<String>,
    /// Keys that it has a place for, if it is a struct.
    pub(super) known: &'static [&'static str],
}

pub(super) fn read<T: DeserializeOwned>(data: &BTreeMap<String, String>) -> Result<Read<T>, SettingsError> {
    let noted = Noted::default();
    let settings = T::deserialize(Settings { data, noted: &noted })?;
    Ok(Read { settings, unknown: noted.unknown.into_inner(), known: noted.known.get() })
}

/// What is seen on the way.
#[derive(Default)]
struct Noted {
    unknown: RefCell<Vec<String>>,
    known: Cell<&'static [&'static str]>,
}

/// What is wrong with a setting.
#[derive(Debug)]
pub(super) struct SettingsError(String);

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for SettingsError {}

impl de::Error for SettingsError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(message.to_string())
    }
}

/// All of the data.
#[derive(Clone, Copy)]
struct Settings<'a> {
    data: &'a BTreeMap<String, String>,
    noted: &'a Noted,
}

impl<'de> Deserializer<'de> for Settings<'_> {
    type Error = SettingsError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, SettingsError> {
        visitor.visit_map(Entries { left: self.data.iter(), entry: None, noted: self.noted })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, SettingsError> {
        self.noted.known.set(fields);
        self.deserialize_any(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, SettingsError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, SettingsError> {
        visitor.visit_some(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map enum identifier ignored_any
    }
}

struct Entries<'a> {
    left: btree_map::Iter<'a, String, String>,
    entry: Option<(&'a String, &'a String)>,
    noted: &'a Noted,
}

impl<'de> MapAccess<'de> for Entries<'_> {
    type Error = SettingsError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, SettingsError> {
        self.entry = self.left.next();
        let Some((key, _)) = self.entry else { return Ok(None) };
        seed.deserialize(key.as_str().into_deserializer()).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, SettingsError> {
        let Some((key, text)) = self.entry.take() else {
            return Err(de::Error::custom("a value was asked for before its key"));
        };
        let ignored = Cell::new(false);
        let value = seed.deserialize(Text { text, ignored: &ignored });
        if ignored.get() {
            self.noted.unknown.borrow_mut().push(key.clone());
        }
        value.map_err(|error| SettingsError(format!("`{key}` is wrong: {error}")))
    }
}

/// One setting.
#[derive(Clone, Copy)]
struct Text<'a> {
    text: &'a str,
    ignored: &'a Cell<bool>,
}

impl Text<'_> {
    fn parse<T: std::str::FromStr<Err: fmt::Display>>(self) -> Result<T, SettingsError> {
        self.text.trim().parse().map_err(de::Error::custom)
    }

    /// YAML, of which JSON is a part.
    fn yaml(self) -> Result<Value, SettingsError> {
        serde_saphyr::from_str(self.text)
            .map_err(|error| SettingsError(format!("it is no YAML: {}", error.without_snippet())))
    }

    /// What the text's YAML is, read by `read`; an error says where in it.
    fn structured<T>(
        value: Value,
        read: impl FnOnce(serde_path_to_error::Deserializer<'_, '_, Value>) -> Result<T, serde_json::Error>,
    ) -> Result<T, SettingsError> {
        let mut track = serde_path_to_error::Track::new();
        let read = read(serde_path_to_error::Deserializer::new(value, &mut track));
        read.map_err(|error| match track.path().to_string() {
            path if path == "." => SettingsError(error.to_string()),
            path => SettingsError(format!("{path}: {error}")),
        })
    }
}

macro_rules! parsed {
    ($($deserialize:ident $visit:ident)*) => {$(
        fn $deserialize<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, SettingsError> {
            visitor.$visit(self.parse()?)
        }
    )*};
}

impl<'de> Deserializer<'de> for Text<'_> {
    type Error = SettingsError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, SettingsError> {
        visitor.visit_str(self.text)
    }

    /// As Go's `strconv.ParseBool`.
    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, SettingsError> {
        visitor.visit_bool(Config::bool_of(self.text.trim()).map_err(de::Error::custom)?)
    }

    parsed! {
        deserialize_i8 visit_i8
        deserialize_i16 visit_i16
        deserialize_i32 visit_i32
        deserialize_i64 visit_i64
        deserialize_i128 visit_i128
        deserialize_u8 visit_u8
        deserialize_u16 visit_u16
        deserialize_u32 visit_u32
        deserialize_u64 visit_u64
        deserialize_u128 visit_u128
        deserialize_f32 visit_f32
        deserialize_f64 visit_f64
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, SettingsError> {
        if self.text.is_empty() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, SettingsError> {
        visitor.visit_newtype_struct(self)
    }

    /// A list as YAML, or with commas between its entries.
    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, SettingsError> {
        match self.yaml() {
            Ok(list @ Value::Array(_)) => Self::structured(list, |list| list.deserialize_seq(visitor)),
            Ok(Value::Object(_)) => Err(de::Error::custom("a list is expected, and this is an object")),
            _ => visitor.visit_seq(Commas(self.text.split(','), self.ignored)),
        }
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, SettingsError> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, SettingsError> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, SettingsError> {
        Self::structured(self.yaml()?, |value| value.deserialize_map(visitor))
    }

    /// A `Duration` is written as Go writes it.
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, SettingsError> {
        if name == "Duration" && fields == ["secs", "nanos"] {
            let duration = go_duration::parse_text(self.text.trim()).map_err(SettingsError)?;
            let parts = [duration.as_secs(), duration.subsec_nanos().into()];
            return visitor.visit_seq(de::value::SeqDeserializer::new(parts.into_iter()));
        }
        Self::structured(self.yaml()?, |value| value.deserialize_struct(name, fields, visitor))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, SettingsError> {
        match self.yaml() {
            Ok(value @ Value::Object(_)) => {
                Self::structured(value, |value| value.deserialize_enum(name, variants, visitor))
            }
            _ => self.text.into_deserializer().deserialize_enum(name, variants, visitor),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, SettingsError> {
        self.ignored.set(true);
        visitor.visit_unit()
    }

    forward_to_deserialize_any! { char str string bytes byte_buf unit unit_struct identifier }
}

/// The entries of a list; a text of nothing has none.
struct Commas<'a>(std::str::Split<'a, char>, &'a Cell<bool>);

impl<'de> SeqAccess<'de> for Commas<'_> {
    type Error = SettingsError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, SettingsError> {
        match self.0.by_ref().map(str::trim).find(|entry| !entry.is_empty()) {
            Some(text) => seed.deserialize(Text { text, ignored: self.1 }).map(Some),
            None => Ok(None),
        }
    }
}

#[cfg(test)]
#[path = "settings_tests.rs"]
mod tests;
