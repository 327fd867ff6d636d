//! Deserializes settings, a map of texts, into the author's type, which decides how each text is parsed. Used
//! for the configuration of a store and the data of a ConfigMap.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, btree_map};
use std::fmt;

use plugwright_model::suggest;
use serde::de::{self, DeserializeOwned, DeserializeSeed, IntoDeserializer, MapAccess, SeqAccess, Visitor};
use serde::{Deserializer, forward_to_deserialize_any};
use serde_json::Value;

use super::{Config, go_duration};

/// The settings, and the keys seen.
#[cfg_attr(not(feature = "kube"), allow(dead_code))] // Only a plugin's ConfigMap warns about unknown keys.
pub(crate) struct Read<T> {
    pub(crate) settings: T,
    /// Keys without a field in the type.
    pub(crate) unknown: Vec<String>,
    /// The type's fields, if it is a struct.
    pub(crate) known: &'static [&'static str],
}

/// The parser for the text of a list, map or struct.
pub(crate) type Structure = fn(&str) -> Result<Value, SettingsError>;

/// JSON, for a configuration whose values are single lines.
pub(crate) fn json(text: &str) -> Result<Value, SettingsError> {
    serde_json::from_str(text).map_err(|error| SettingsError(format!("invalid JSON: {error}")))
}

/// YAML, a superset of JSON.
#[cfg(feature = "kube")]
pub(crate) fn yaml(text: &str) -> Result<Value, SettingsError> {
    serde_saphyr::from_str(text)
        .map_err(|error| SettingsError(format!("invalid YAML: {}", error.without_snippet())))
}

pub(crate) fn read<T: DeserializeOwned>(
    data: &BTreeMap<String, String>,
    structure: Structure,
) -> Result<Read<T>, SettingsError> {
    let noted = Noted::default();
    let settings = T::deserialize(Settings { data, structure, noted: &noted })?;
    Ok(Read { settings, unknown: noted.unknown.into_inner(), known: noted.known.get() })
}

/// Parses a single text.
pub(crate) fn parse<T: DeserializeOwned>(text: &str, structure: Structure) -> Result<T, SettingsError> {
    T::deserialize(Text { written: text, structure, ignored: &Cell::new(false) })
}

/// Collected while reading.
#[derive(Default)]
struct Noted {
    unknown: RefCell<Vec<String>>,
    known: Cell<&'static [&'static str]>,
}

/// An invalid setting.
#[derive(Debug)]
pub(crate) struct SettingsError(String);

impl SettingsError {
    /// Adds the key to the message.
    pub(crate) fn of(self, key: &str) -> Self {
        let Self(error) = self;
        Self(format!("`{key}`: {error}"))
    }
}

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

    fn unknown_field(field: &str, known: &'static [&'static str]) -> Self {
        Self(format!("unknown key `{field}`; expected one of `{}`", known.join("`, `")))
    }

    fn missing_field(field: &'static str) -> Self {
        Self(format!("`{field}` is missing"))
    }
}

/// All of the data.
#[derive(Clone, Copy)]
struct Settings<'a> {
    data: &'a BTreeMap<String, String>,
    structure: Structure,
    noted: &'a Noted,
}

impl<'de> Deserializer<'de> for Settings<'_> {
    type Error = SettingsError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, SettingsError> {
        let Self { data, structure, noted } = self;
        visitor.visit_map(Entries { left: data.iter(), entry: None, structure, noted })
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
    structure: Structure,
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
            return Err(de::Error::custom("value requested before its key"));
        };
        let ignored = Cell::new(false);
        let value = seed.deserialize(Text { written: text, structure: self.structure, ignored: &ignored });
        if ignored.get() {
            self.noted.unknown.borrow_mut().push(key.clone());
        }
        value.map_err(|error| error.of(key))
    }
}

/// One setting.
#[derive(Clone, Copy)]
struct Text<'a> {
    written: &'a str,
    structure: Structure,
    ignored: &'a Cell<bool>,
}

impl Text<'_> {
    /// Quotes the text; used only for types that do not hold secrets.
    fn expected(self, expected: fmt::Arguments<'_>) -> SettingsError {
        SettingsError(format!("expected {expected}, found {:?}", self.written))
    }

    fn parse<T: std::str::FromStr>(self, expected: fmt::Arguments<'_>) -> Result<T, SettingsError> {
        self.written.trim().parse().map_err(|_| self.expected(expected))
    }

    /// Reads a structured text with `read`; an error contains the path.
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

macro_rules! whole_numbers {
    ($($deserialize:ident $visit:ident $number:ty)*) => {$(
        fn $deserialize<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, SettingsError> {
            let (least, most) = (<$number>::MIN, <$number>::MAX);
            visitor.$visit(self.parse(format_args!("a whole number from {least} to {most}"))?)
        }
    )*};
}

impl<'de> Deserializer<'de> for Text<'_> {
    type Error = SettingsError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, SettingsError> {
        visitor.visit_str(self.written)
    }

    /// Accepts the same texts as Go's `strconv.ParseBool`.
    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, SettingsError> {
        match Config::bool_of(self.written.trim()) {
            Ok(value) => visitor.visit_bool(value),
            Err(_) => Err(self.expected(format_args!("`true` or `false`"))),
        }
    }

    whole_numbers! {
        deserialize_i8 visit_i8 i8
        deserialize_i16 visit_i16 i16
        deserialize_i32 visit_i32 i32
        deserialize_i64 visit_i64 i64
        deserialize_i128 visit_i128 i128
        deserialize_u8 visit_u8 u8
        deserialize_u16 visit_u16 u16
        deserialize_u32 visit_u32 u32
        deserialize_u64 visit_u64 u64
        deserialize_u128 visit_u128 u128
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, SettingsError> {
        visitor.visit_f32(self.parse(format_args!("a number"))?)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, SettingsError> {
        visitor.visit_f64(self.parse(format_args!("a number"))?)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, SettingsError> {
        if self.written.is_empty() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, SettingsError> {
        visitor.visit_newtype_struct(self)
    }

    /// A list in JSON or YAML, or with commas between its entries.
    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, SettingsError> {
        match (self.structure)(self.written) {
            Ok(list @ Value::Array(_)) => Self::structured(list, |list| list.deserialize_seq(visitor)),
            Ok(Value::Object(_)) => Err(de::Error::custom("expected a list, found an object")),
            _ => visitor.visit_seq(Commas { entries: self.written.split(','), of: self }),
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
        Self::structured((self.structure)(self.written)?, |value| value.deserialize_map(visitor))
    }

    /// A `Duration` is read in Go's form.
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, SettingsError> {
        if name == "Duration" && fields == ["secs", "nanos"] {
            let duration = go_duration::parse_text(self.written.trim());
            let duration = duration.map_err(SettingsError)?;
            let parts = [duration.as_secs(), duration.subsec_nanos().into()];
            return visitor.visit_seq(de::value::SeqDeserializer::new(parts.into_iter()));
        }
        Self::structured((self.structure)(self.written)?, |value| {
            value.deserialize_struct(name, fields, visitor)
        })
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, SettingsError> {
        match (self.structure)(self.written) {
            Ok(value @ Value::Object(_)) => {
                Self::structured(value, |value| value.deserialize_enum(name, variants, visitor))
            }
            _ if !variants.contains(&self.written) => {
                let hint = suggest::closest(self.written, variants.iter().copied());
                let hint = hint.map_or_else(String::new, |known| format!("; did you mean `{known}`?"));
                let SettingsError(error) = self.expected(format_args!("one of `{}`", variants.join("`, `")));
                Err(SettingsError(error + &hint))
            }
            _ => self.written.into_deserializer().deserialize_enum(name, variants, visitor),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, SettingsError> {
        self.ignored.set(true);
        visitor.visit_unit()
    }

    forward_to_deserialize_any! { char str string bytes byte_buf unit unit_struct identifier }
}

/// The entries of a comma-separated list; empty entries are skipped.
struct Commas<'a> {
    entries: std::str::Split<'a, char>,
    of: Text<'a>,
}

impl<'de> SeqAccess<'de> for Commas<'_> {
    type Error = SettingsError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, SettingsError> {
        match self.entries.by_ref().map(str::trim).find(|entry| !entry.is_empty()) {
            Some(text) => seed.deserialize(Text { written: text, ..self.of }).map(Some),
            None => Ok(None),
        }
    }
}

#[cfg(test)]
#[path = "settings_tests.rs"]
mod tests;
