//! The name of an image: `registry.example.com/my-plugin:v1`.

use std::fmt;
use std::str::FromStr;

use crate::failure::{Failure, OrFail};

/// An image name that registries accept.
#[derive(Clone, Debug)]
pub(super) struct Reference {
    /// The given name, with a tag.
    text: String,
    pub(super) parsed: oci_client::Reference,
}

impl Reference {
    /// The default: the crate's name and version.
    pub(super) fn of_crate(name: &str, version: &str) -> Result<Self, Failure> {
        // A tag cannot contain a `+`.
        let version = version.split('+').next().unwrap_or_default();
        format!("{name}:{version}")
            .parse()
            .or_fail(format_args!("{name}:{version} is not a valid image name; use --tag"))
    }

    /// Whether the name contains a registry. Docker's default is Docker Hub.
    pub(super) fn has_registry(&self) -> bool {
        let (first, rest) = self.text.split_once('/').unwrap_or(("", ""));
        !rest.is_empty() && (first.contains(['.', ':']) || first == "localhost")
    }

    /// The registry's host.
    pub(super) fn registry(&self) -> &str {
        self.parsed.resolve_registry()
    }

    /// The name to which a digest can be appended.
    pub(super) fn without_tag(&self) -> &str {
        let name = self.text.rfind('/').map_or(0, |slash| slash + 1);
        self.text[name..].find(':').map_or(&*self.text, |colon| &self.text[..name + colon])
    }

    pub(super) fn tag(&self) -> &str {
        self.parsed.tag().unwrap_or("latest")
    }
}

impl FromStr for Reference {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        const EXPECTED: &str = "expected a name such as registry.example.com/my-plugin:v1";
        if let Some((_, name)) = text.split_once("://") {
            return Err(format!("an image name has no scheme; use `{}`", name.trim_end_matches('/')));
        }
        let parsed: oci_client::Reference =
            text.parse().map_err(|error: oci_client::ParseError| format!("{error}; {EXPECTED}"))?;
        if parsed.digest().is_some() {
            return Err(format!("a digest is not allowed: it is known only after the build; {EXPECTED}"));
        }
        let mut reference = Self { text: text.to_owned(), parsed };
        if reference.without_tag() == text {
            reference.text = format!("{text}:{}", reference.tag());
        }
        Ok(reference)
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_parsed_or_rejected() {
        for (text, whole, name, has_registry) in [
            ("my-plugin:v1", "my-plugin:v1", "my-plugin", false),
            ("library/my-plugin", "library/my-plugin:latest", "library/my-plugin", false),
            ("127.0.0.1:5000/a/b:v1", "127.0.0.1:5000/a/b:v1", "127.0.0.1:5000/a/b", true),
            ("localhost/x", "localhost/x:latest", "localhost/x", true),
            ("registry.example.com/x:1.0", "registry.example.com/x:1.0", "registry.example.com/x", true),
        ] {
            let reference: Reference = text.parse().unwrap();
            assert_eq!(
                (&*reference.to_string(), reference.without_tag(), reference.has_registry()),
                (whole, name, has_registry)
            );
        }
        for text in ["", "My-Plugin", "a:b:c", "a@sha256:00", "a b"] {
            assert!(text.parse::<Reference>().is_err(), "{text}");
        }
        let error = "https://registry.example.com/x:v1".parse::<Reference>().unwrap_err();
        assert_eq!(error, "an image name has no scheme; use `registry.example.com/x:v1`");
        assert_eq!(Reference::of_crate("a", "1.0.0+x").unwrap().to_string(), "a:1.0.0");
    }
}
