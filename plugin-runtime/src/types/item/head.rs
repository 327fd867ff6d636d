//! Validates an item's JSON as a Kubernetes object and reads its identity, in one pass.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use bytes::Bytes;
use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use crate::bail;
use crate::error::{Error, Result};

/// Maximum nesting depth. The schema of a large custom resource has about a hundred levels; `serde_json`
/// alone accepts 127, and a Go plugin 10,000.
pub(super) const MAX_DEPTH: usize = 512;

/// The fields needed without a tree, as positions in the JSON if the text is unescaped.
#[derive(Clone, Debug, Default)]
pub(super) struct Head {
    fields: [Text; 5],
    /// The JSON has a key that is special to `serde_json`; only its `Value` can tell whether it is valid.
    pub(super) is_peculiar: bool,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Field {
    ApiVersion,
    Kind,
    Name,
    Namespace,
    Uid,
}

#[derive(Clone, Debug)]
enum Text {
    At(Range<usize>),
    Unescaped(Box<str>),
}

impl Default for Text {
    fn default() -> Self {
        Self::At(0..0)
    }
}

impl Head {
    #[track_caller]
    pub(super) fn read(json: &Bytes) -> Result<Self> {
        if json.is_empty() {
            bail!("expected a Kubernetes object as JSON, found an empty text");
        }
        let mut found = Found::default();
        let mut deserializer = serde_json::Deserializer::from_slice(json);
        // `Walk` checks the depth itself.
        deserializer.disable_recursion_limit();
        let shape = Walk { found: &mut found, place: Place::Root, depth: 0 }.deserialize(&mut deserializer);
        match shape.and_then(|shape| deserializer.end().map(|()| shape)) {
            Ok("an object") => {}
            Ok(shape) => return Err(no_object(shape)),
            Err(error) => return Err(Error::from(error).context("invalid JSON in the item")),
        }
        let head =
            Self { fields: found.fields.map(|text| Text::new(text, json)), is_peculiar: found.is_peculiar };
        if head.text(Field::Kind, json).is_empty() {
            let field = |field| head.text(field, json);
            return Err(no_kind(
                field(Field::ApiVersion),
                field(Field::Namespace),
                field(Field::Name),
                json.len(),
            ));
        }
        Ok(head)
    }

    /// Returns the field, or an empty text if it is missing or not a text.
    pub(super) fn text<'a>(&'a self, field: Field, json: &'a [u8]) -> &'a str {
        match &self.fields[field as usize] {
            Text::At(range) => {
                json.get(range.clone()).and_then(|text| str::from_utf8(text).ok()).unwrap_or_default()
            }
            Text::Unescaped(text) => text,
        }
    }
}

impl Text {
    fn new(text: Option<Cow<'_, str>>, json: &[u8]) -> Self {
        match text {
            Some(Cow::Borrowed(text)) => {
                let start = text.as_ptr().addr() - json.as_ptr().addr();
                Self::At(start..start + text.len())
            }
            Some(Cow::Owned(text)) => Self::Unescaped(text.into()),
            None => Self::default(),
        }
    }
}

/// Like [`Head::read`], for an object that was not parsed from JSON.
#[track_caller]
pub(super) fn check(value: &Value) -> Result<()> {
    let text = |pointer| value.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    match value {
        Value::Object(_) if !text("/kind").is_empty() => Ok(()),
        Value::Object(fields) => {
            let size = if fields.is_empty() { 2 } else { usize::MAX };
            Err(no_kind(text("/apiVersion"), text("/metadata/namespace"), text("/metadata/name"), size))
        }
        Value::Null => Err(no_object("`null`")),
        Value::Bool(_) => Err(no_object("a bool")),
        Value::Number(_) => Err(no_object("a number")),
        Value::String(_) => Err(no_object("a string")),
        Value::Array(_) => Err(no_object("an array")),
    }
}

#[track_caller]
fn no_object(shape: &str) -> Error {
    Error::msg(format_args!("expected a Kubernetes object as JSON, found {shape}"))
}

/// Velero's text. Velero quotes the whole object, which may be a Secret; this quotes only its identity.
#[track_caller]
fn no_kind(api_version: &str, namespace: &str, name: &str, size: usize) -> Error {
    let known: Vec<String> = [("apiVersion", api_version), ("namespace", namespace), ("name", name)]
        .into_iter()
        .filter(|(_, text)| !text.is_empty())
        .map(|(key, text)| format!("\"{key}\":{}", Value::from(text)))
        .chain((size > 2).then(|| "…".to_owned()))
        .collect();
    Error::msg(format_args!("Object 'Kind' is missing in '{{{}}}'", known.join(",")))
}

#[derive(Default)]
struct Found<'de> {
    fields: [Option<Cow<'de, str>>; 5],
    is_peculiar: bool,
}

#[derive(Clone, Copy)]
enum Place {
    Root,
    Metadata,
    Text(Field),
    Elsewhere,
}

/// Walks a value like the visitor of [`serde_json::Value`], so that both report the same errors (numbers out
/// of range, lone surrogates, depth), and keeps only the head's texts. Returns the type of the value.
struct Walk<'a, 'de> {
    found: &'a mut Found<'de>,
    place: Place,
    depth: usize,
}

impl<'de> Walk<'_, 'de> {
    /// The walk of a nested value.
    fn inner<E: de::Error>(&mut self, place: Place) -> Result<Walk<'_, 'de>, E> {
        if self.depth == MAX_DEPTH {
            return Err(E::custom(format_args!("nested more than {MAX_DEPTH} levels deep")));
        }
        Ok(Walk { found: &mut *self.found, place, depth: self.depth + 1 })
    }
}

impl<'de> DeserializeSeed<'de> for Walk<'_, 'de> {
    type Value = &'static str;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<&'static str, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Walk<'_, 'de> {
    type Value = &'static str;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any valid JSON value")
    }

    fn visit_unit<E>(self) -> Result<&'static str, E> {
        Ok("`null`")
    }

    fn visit_bool<E>(self, _: bool) -> Result<&'static str, E> {
        Ok("a bool")
    }

    fn visit_i64<E>(self, _: i64) -> Result<&'static str, E> {
        Ok("a number")
    }

    fn visit_u64<E>(self, _: u64) -> Result<&'static str, E> {
        Ok("a number")
    }

    fn visit_f64<E>(self, _: f64) -> Result<&'static str, E> {
        Ok("a number")
    }

    fn visit_str<E>(self, text: &str) -> Result<&'static str, E> {
        if let Place::Text(field) = self.place {
            self.found.fields[field as usize] = Some(Cow::Owned(text.to_owned()));
        }
        Ok("a string")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<&'static str, E> {
        if let Place::Text(field) = self.place {
            self.found.fields[field as usize] = Some(Cow::Borrowed(text));
        }
        Ok("a string")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut elements: A) -> Result<&'static str, A::Error> {
        while elements.next_element_seed(self.inner(Place::Elsewhere)?)?.is_some() {}
        Ok("an array")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut entries: A) -> Result<&'static str, A::Error> {
        while let Some(name) = entries.next_key_seed(Name { place: self.place, found: &mut *self.found })? {
            // The last of repeated keys counts.
            match name {
                Place::Text(field) => self.found.fields[field as usize] = None,
                Place::Metadata => {
                    for field in [Field::Name, Field::Namespace, Field::Uid] {
                        self.found.fields[field as usize] = None;
                    }
                }
                Place::Root | Place::Elsewhere => {}
            }
            entries.next_value_seed(self.inner(name)?)?;
        }
        Ok("an object")
    }
}

/// Reads a key as the place of its value.
struct Name<'a, 'de> {
    place: Place,
    found: &'a mut Found<'de>,
}

impl<'de> DeserializeSeed<'de> for Name<'_, 'de> {
    type Value = Place;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Place, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Name<'_, '_> {
    type Value = Place;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string key")
    }

    fn visit_str<E>(self, name: &str) -> Result<Place, E> {
        // With the features `raw_value` or `arbitrary_precision`, these are reserved by `serde_json`.
        self.found.is_peculiar |= name.starts_with("$serde_json::private::");
        Ok(match (self.place, name) {
            (Place::Root, "apiVersion") => Place::Text(Field::ApiVersion),
            (Place::Root, "kind") => Place::Text(Field::Kind),
            (Place::Root, "metadata") => Place::Metadata,
            (Place::Metadata, "name") => Place::Text(Field::Name),
            (Place::Metadata, "namespace") => Place::Text(Field::Namespace),
            (Place::Metadata, "uid") => Place::Text(Field::Uid),
            _ => Place::Elsewhere,
        })
    }
}
