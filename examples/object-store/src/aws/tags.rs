//! `tagging`: the tags of uploaded objects, `key=value&key=value`.

use object_store::TagSet;
use plugwright::{Result, bail, ensure};
use url::form_urlencoded;

const MOST: usize = 10;

/// The limits of the Go plugin.
const KEY: usize = 128;
const VALUE: usize = 248;

pub(super) fn tags(text: &str) -> Result<TagSet> {
    let mut tags = TagSet::default();
    if text.is_empty() {
        return Ok(tags);
    }
    let pairs: Vec<&str> = text.split('&').collect();
    ensure!(pairs.len() <= MOST, "`tagging` has {} tags; expected at most {MOST}", pairs.len());
    for pair in pairs {
        if pair.matches('=').count() != 1 {
            bail!("`tagging` has {pair:?}; expected key=value&key=value");
        }
        // Values are URL-encoded.
        for (key, value) in form_urlencoded::parse(pair.as_bytes()) {
            let (length, most) = (key.chars().count(), KEY);
            ensure!(
                (1..=most).contains(&length),
                "`tagging` has a key of {length} characters; expected 1 to {most}"
            );
            let (length, most) = (value.chars().count(), VALUE);
            ensure!(length <= most, "`tagging` has a value of {length} characters; expected at most {most}");
            tags.push(&key, &value);
        }
    }
    Ok(tags)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The cases of the AWS plugin's tests, and a single tag, which it rejects because of a bug.
    #[test]
    fn cases() {
        for (text, expected) in [
            ("", ""),
            ("key1=value1", "key1=value1"),
            ("key1=value1&key2=value2", "key1=value1&key2=value2"),
            ("a=1&b=2&c=%2Fx", "a=1&b=2&c=%2Fx"),
            ("empty=", "empty="),
        ] {
            assert_eq!(tags(text).unwrap().encoded(), expected);
        }
        let many = ["a=b"; 11].join("&");
        let (key, value) = (format!("{}=v", "ä".repeat(129)), format!("k={}", "ä".repeat(249)));
        for wrong in [many.as_str(), &key, &value, "a", "a=b&c", "a=b&", "a=b=c", "=v"] {
            assert!(tags(wrong).unwrap_err().to_string().starts_with("`tagging` has "), "{wrong}");
        }
        assert!(tags(&format!("{}={}", "k".repeat(128), "v".repeat(248))).is_ok());
    }
}
