//! Parses an API object's JSON with errors that name the field.

use std::fmt::Write as _;

use serde::de::DeserializeOwned;

use crate::bail;
use crate::error::{Error, Result};

/// `null` becomes the default object. `problem` is the prefix of an error: `invalid Backup`.
#[track_caller]
pub(crate) fn read<T: DeserializeOwned + Default>(json: &[u8], problem: &str) -> Result<T> {
    // serde accepts a list for a struct.
    if json.trim_ascii_start().starts_with(b"[") {
        bail!("{problem}: expected an object, found a list");
    }
    let error = match serde_json::from_slice::<Option<T>>(json) {
        Ok(object) => return Ok(object.unwrap_or_default()),
        Err(error) => error,
    };
    let place = if error.is_syntax() || error.is_eof() { String::new() } else { place_of(json, &error) };
    let error = Error::from(error);
    let error = if place.is_empty() { error } else { error.context(place) };
    Err(error.context(problem))
}

/// Returns the field that an error is about.
fn place_of(json: &[u8], error: &serde_json::Error) -> String {
    let lines = json.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1);
    let start = std::iter::once(0).chain(lines).nth(error.line().saturating_sub(1)).unwrap_or(json.len());
    let until = &json[..(start + error.column()).min(json.len())];
    // serde reports an invalid text after its end, or after the end of the structure it is the last part of,
    // and an unexpected list after its start.
    match until {
        [before @ .., b'}' | b']' | b'['] if !error.to_string().starts_with("missing field") => {
            place(json, before.strip_suffix(b"[").unwrap_or(before).len())
        }
        until => place(json, until.len()),
    }
}

/// Returns the path of a position in syntactically valid JSON: `spec.hooks.resources[0].name`. A library that
/// tracks the path while parsing would compile all the types' code a second time.
fn place(json: &[u8], end: usize) -> String {
    let mut levels = Vec::new();
    let mut at = 0;
    while at < end {
        match json[at] {
            b'{' => levels.push(Level::Object(&[])),
            b'[' => levels.push(Level::Array(0)),
            b'}' | b']' => {
                levels.pop();
            }
            b',' => {
                if let Some(Level::Array(index)) = levels.last_mut() {
                    *index += 1;
                }
            }
            b'"' => {
                let text = &json[at + 1..][..text_length(&json[at + 1..])];
                at += text.len() + 1;
                let is_key = json.get(at + 1..).is_some_and(|rest| rest.trim_ascii_start().starts_with(b":"));
                if is_key && let Some(Level::Object(key)) = levels.last_mut() {
                    *key = text;
                }
            }
            _ => {}
        }
        at += 1;
    }
    let mut place = String::new();
    for level in levels {
        // Writing to a String cannot fail.
        let _ = match level {
            Level::Object([]) => Ok(()),
            Level::Object(key) if place.is_empty() => write!(place, "{}", String::from_utf8_lossy(key)),
            Level::Object(key) => write!(place, ".{}", String::from_utf8_lossy(key)),
            Level::Array(index) => write!(place, "[{index}]"),
        };
    }
    place
}

/// The structures around a position, outermost first.
enum Level<'a> {
    /// The key of the current or next value.
    Object(&'a [u8]),
    Array(usize),
}

/// Skips to the quote that ends a text.
fn text_length(json: &[u8]) -> usize {
    let mut at = 0;
    while at < json.len() && json[at] != b'"' {
        at += if json[at] == b'\\' { 2 } else { 1 };
    }
    at.min(json.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_field_of_a_position() {
        let json = br#"{"spec": {"a\"b": "x, {y", "list": [1, {"k": [2, 3]}], "last": {}}, "status": 4}"#;
        let at = |text: &str| {
            let found = json.windows(text.len()).position(|window| window == text.as_bytes()).unwrap();
            place(json, found + text.len())
        };
        for (text, expected) in [
            ("{y\"", "spec.a\\\"b"),
            ("\"list\": ", "spec.list"),
            ("[1", "spec.list[0]"),
            ("[2, 3", "spec.list[1].k[1]"),
            ("[2, 3]", "spec.list[1].k"),
            ("3]}", "spec.list[1]"),
            ("3]}]", "spec.list"),
            ("\"last\": {}", "spec.last"),
            ("{}}", "spec"),
            ("4", "status"),
            ("4}", ""),
        ] {
            assert_eq!(at(text), expected, "{text}");
        }
        assert_eq!(place(b"{\"a", 3), "");
    }

    #[test]
    fn errors_name_their_field() {
        #[derive(Debug, Default, serde::Deserialize)]
        #[serde(default)]
        struct Outer {
            #[allow(dead_code)]
            inner: Vec<Inner>,
            #[allow(dead_code)]
            flag: bool,
        }
        #[derive(Debug, serde::Deserialize)]
        struct Inner {
            #[allow(dead_code)]
            key: String,
            #[serde(default, deserialize_with = "even")]
            #[allow(dead_code)]
            even: u8,
        }
        fn even<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<u8, D::Error> {
            let number: u8 = serde::Deserialize::deserialize(deserializer)?;
            if number.is_multiple_of(2) { Ok(number) } else { Err(serde::de::Error::custom("odd")) }
        }
        for (json, expected) in [
            (
                "{\n \"flag\": 1}",
                "p: flag: invalid type: integer `1`, expected a boolean at line 2 column 10",
            ),
            ("{\"flag\": {}}", "p: flag: invalid type: map, expected a boolean at line 1 column 9"),
            (
                r#"{"inner": [{"key": 3}]}"#,
                "p: inner[0].key: invalid type: integer `3`, expected a string at line 1 column 20",
            ),
            (r#"{"inner": [{"key": "a"}, {}]}"#, "p: inner[1]: missing field `key` at line 1 column 27"),
            (r#"{"inner": [{"key": "a", "even": 3}]}"#, "p: inner[0].even: odd at line 1 column 34"),
            (r#"{"inner": [{"even": 3, "key": "a"}]}"#, "p: inner[0].even: odd at line 1 column 21"),
            ("7", "p: invalid type: integer `7`, expected struct Outer at line 1 column 1"),
        ] {
            assert_eq!(read::<Outer>(json.as_bytes(), "p").unwrap_err().to_string(), expected, "{json}");
        }
    }
}
