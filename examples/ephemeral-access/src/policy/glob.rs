use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, SeqAccess, Visitor};

/// Patterns, one of which must match. `*` matches any text: `*@example.com`.
#[derive(Debug, PartialEq)]
pub(crate) struct Globs(Vec<String>);

impl Globs {
    pub(crate) fn matches(&self, text: &str) -> bool {
        self.0.iter().any(|glob| matches(glob, text))
    }
}

/// Matches everything.
impl Default for Globs {
    fn default() -> Self {
        Self(vec!["*".into()])
    }
}

/// Whether the glob matches the whole text.
pub(crate) fn matches(glob: &str, text: &str) -> bool {
    let Some((begin, rest)) = glob.split_once('*') else { return glob == text };
    let Some(mut text) = text.strip_prefix(begin) else { return false };
    let mut parts: Vec<&str> = rest.split('*').collect();
    let end = parts.pop().unwrap_or_default();
    for part in parts {
        // The first occurrence leaves the longest rest, so no other one needs to be tried.
        let Some((_, after)) = text.split_once(part) else { return false };
        text = after;
    }
    text.ends_with(end)
}

impl<'de> Deserialize<'de> for Globs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(List)
    }
}

struct List;

impl<'de> Visitor<'de> for List {
    type Value = Globs;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of names, such as [ada, \"*@example.com\"]")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Globs, A::Error> {
        let mut globs = Vec::new();
        while let Some(glob) = list.next_element()? {
            globs.push(glob);
        }
        if globs.is_empty() {
            return Err(A::Error::custom(
                "expected at least one name, found an empty list; omit the key, or use [\"*\"]",
            ));
        }
        Ok(Globs(globs))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_matches_any_text() {
        for (glob, text) in [
            ("ada", "ada"),
            ("*", ""),
            ("*", "ada"),
            ("*@example.com", "ada@example.com"),
            ("team-*", "team-"),
            ("a*b*c", "abc"),
            ("a*b*c", "a-b-b-c-c"),
            ("**", "x"),
            ("a*a", "aa"),
            ("*b*", "abc"),
            ("", ""),
        ] {
            assert!(matches(glob, text), "{glob} {text}");
        }
        for (glob, text) in [
            ("ada", "ada2"),
            ("ada", "Ada"),
            ("*@example.com", "ada@example.com.evil.org"),
            ("a*a", "a"),
            ("a*b*c", "acb"),
            ("", "a"),
            ("a.c", "abc"),
            ("*b*b*", "abc"),
        ] {
            assert!(!matches(glob, text), "{glob} {text}");
        }
    }
}
