//! Keys and values of labels, as Kubernetes checks them (`IsQualifiedName` and `IsValidLabelValue` in
//! `k8s.io/apimachinery/pkg/util/validation`).

use std::fmt;
use std::ops::Range;

use crate::dns::{self, DnsFault, What};

/// The maximum length of a value, and of the part of a key after its `/`, in bytes.
pub const MAX_LEN: usize = 63;

/// Checks a label's key: `app`, or `app.kubernetes.io/name` with a DNS subdomain before the `/`.
pub fn check_key(key: &str) -> Result<(), LabelError> {
    let (prefix, name) = match key.split_once('/') {
        None => (None, key),
        Some((prefix, name)) => (Some(prefix), name),
    };
    let name_start = key.len() - name.len();
    if let Some(slash) = name.find('/') {
        return fault(Fault::SecondSlash, name_start + slash..name_start + slash + 1);
    }
    if let Some(prefix) = prefix {
        if prefix.is_empty() {
            return fault(Fault::EmptyPrefix, 0..1);
        }
        if let Some(DnsFault { what, start, end }) = dns::subdomain_fault(prefix.as_bytes(), prefix.len()) {
            let too_long = what == What::TooLong;
            return fault(if too_long { Fault::PrefixTooLong } else { Fault::Prefix }, start..end);
        }
    }
    if name.is_empty() {
        return fault(Fault::EmptyName, 0..key.len());
    }
    check_part(name).map_err(|error| error.shifted(name_start))
}

/// Checks a label's value, which may be empty.
pub fn check_value(value: &str) -> Result<(), LabelError> {
    if value.is_empty() { Ok(()) } else { check_part(value) }
}

fn check_part(part: &str) -> Result<(), LabelError> {
    let bad = |c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
    if let Some((at, c)) = part.char_indices().find(|&(_, c)| bad(c)) {
        return fault(Fault::Character(c), at..at + c.len_utf8());
    }
    let edge = |c: char| !c.is_ascii_alphanumeric();
    if part.starts_with(edge) {
        return fault(Fault::Edge, 0..1);
    }
    if part.ends_with(edge) {
        return fault(Fault::Edge, part.len() - 1..part.len());
    }
    if part.len() > MAX_LEN { fault(Fault::TooLong(part.len()), 0..part.len()) } else { Ok(()) }
}

fn fault(fault: Fault, range: Range<usize>) -> Result<(), LabelError> {
    Err(LabelError { fault, range })
}

/// An invalid label key or value, with the place of the error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabelError {
    fault: Fault,
    range: Range<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    SecondSlash,
    EmptyPrefix,
    Prefix,
    PrefixTooLong,
    EmptyName,
    Character(char),
    Edge,
    TooLong(usize),
}

impl LabelError {
    /// Returns the byte range of the error.
    pub fn range(&self) -> Range<usize> {
        self.range.clone()
    }

    fn shifted(self, by: usize) -> Self {
        Self { fault: self.fault, range: self.range.start + by..self.range.end + by }
    }
}

impl fmt::Display for LabelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.fault {
            Fault::SecondSlash => f.write_str("a key may contain at most one `/`: `app` or `example.io/app`"),
            Fault::EmptyPrefix => f.write_str("expected a domain before the `/` of a key"),
            Fault::Prefix => {
                f.write_str("the domain of a key must be a DNS name in lower case: `example.io/app`")
            }
            Fault::PrefixTooLong => f.write_str("the domain of a key may have at most 253 characters"),
            Fault::EmptyName => f.write_str("expected a name after the `/` of a key"),
            Fault::Character('"' | '\'') => f.write_str("keys and values must not be quoted"),
            Fault::Character(_) => {
                f.write_str("expected only letters `a` to `z` and `A` to `Z`, digits, `-`, `_` and `.`")
            }
            Fault::Edge => f.write_str("expected a letter or digit at the start and at the end"),
            Fault::TooLong(len) => write!(f, "expected at most {MAX_LEN} characters, found {len}"),
        }
    }
}

impl std::error::Error for LabelError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys() {
        let longest = format!("{}/{}", "a".repeat(253), "b".repeat(63));
        for key in ["app", "App_1.x-y", "app.kubernetes.io/name", "a/b", "1/2", &longest] {
            assert_eq!(check_key(key), Ok(()), "{key}");
        }
        let too_long = "a".repeat(64);
        let long_prefix = "a".repeat(254) + "/b";
        for (key, what, range) in [
            ("", Fault::EmptyName, 0..0),
            ("a/", Fault::EmptyName, 0..2),
            ("/a", Fault::EmptyPrefix, 0..1),
            ("a/b/c", Fault::SecondSlash, 3..4),
            ("a//c", Fault::SecondSlash, 2..3),
            ("A/b", Fault::Prefix, 0..1),
            ("a_b/c", Fault::Prefix, 1..2),
            ("a/-b", Fault::Edge, 2..3),
            ("a/b.", Fault::Edge, 3..4),
            ("_", Fault::Edge, 0..1),
            ("aé", Fault::Character('é'), 1..3),
            ("a/b*", Fault::Character('*'), 3..4),
            (&too_long, Fault::TooLong(64), 0..64),
            (&long_prefix, Fault::PrefixTooLong, 0..254),
        ] {
            assert_eq!(check_key(key), fault(what, range), "{key}");
        }
    }

    #[test]
    fn errors_contain_the_rule() {
        for (key, text) in [
            ("\"a\"", "must not be quoted"),
            ("a b", "expected only letters `a` to `z` and `A` to `Z`, digits, `-`, `_` and `.`"),
            (&"a".repeat(64), "expected at most 63 characters, found 64"),
        ] {
            let error = check_key(key).unwrap_err().to_string();
            assert!(error.contains(text), "{key}: {error}");
        }
    }

    #[test]
    fn values() {
        for value in ["", "a", "A.b_c-9", "0", &"v".repeat(63)] {
            assert_eq!(check_value(value), Ok(()), "{value}");
        }
        for value in ["-1", "a-", "a/b", "a b", "ä", "*", &"v".repeat(64)] {
            assert!(check_value(value).is_err(), "{value}");
        }
    }
}
