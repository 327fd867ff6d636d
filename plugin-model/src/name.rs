//! The names of plugins: `<DNS subdomain>/<anything>`.
//!
//! The rule of Velero's `ValidatePluginName` (`pkg/plugin/framework/common/server_mux.go`), with Kubernetes'
//! `IsDNS1123Subdomain` for the first part. The second part may be any text without `/`.

use std::fmt;
use std::ops::Range;

use crate::dns::{self, DnsFault, What};

/// The maximum length of the first part of a name, in bytes.
pub const MAX_PREFIX_LEN: usize = dns::MAX_SUBDOMAIN_LEN;

/// Returns the first error in a plugin's name.
///
/// Usable in constants: the attributes call it for names that are not literals.
pub const fn check(name: &str) -> Result<(), NameError> {
    let bytes = name.as_bytes();
    let (slash, second_slash) = slashes(bytes);
    let Some(slash) = slash else {
        return fault(Fault::NoSlash, 0, bytes.len());
    };
    if let Some(second) = second_slash {
        return fault(Fault::SecondSlash, second, second + 1);
    }
    if slash == 0 {
        return fault(Fault::EmptyPrefix, 0, 1);
    }
    if slash + 1 == bytes.len() {
        return fault(Fault::EmptyName, slash, slash + 1);
    }
    match dns::subdomain_fault(bytes, slash) {
        None => Ok(()),
        Some(DnsFault { what, start, end }) => fault(Fault::of_prefix(what), start, end),
    }
}

/// Checks a name for Heptio Ark, which is part of a file name (Ark 0.9, `pkg/plugin/manager.go`).
pub fn check_ark(name: &str) -> Result<(), ArkNameError> {
    match name {
        "" => Err(ArkNameError::Empty),
        _ if name.contains('/') => Err(ArkNameError::Slash),
        _ if name.contains('\0') => Err(ArkNameError::Nul),
        _ => Ok(()),
    }
}

/// An invalid Heptio Ark name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ArkNameError {
    /// It is empty.
    Empty,
    /// It contains a `/`.
    Slash,
    /// It contains a character not allowed in file names.
    Nul,
}

impl fmt::Display for ArkNameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "a Heptio Ark name must not be empty",
            Self::Slash => {
                "a Heptio Ark name must not contain `/`: it is the end of a file name, `ark-objectstore-mycloud`"
            }
            Self::Nul => "a Heptio Ark name must not contain a NUL character: it is the end of a file name",
        })
    }
}

impl std::error::Error for ArkNameError {}

const fn fault(fault: Fault, start: usize, end: usize) -> Result<(), NameError> {
    Err(NameError { fault, start, end })
}

const fn slashes(bytes: &[u8]) -> (Option<usize>, Option<usize>) {
    let mut first = None;
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] == b'/' {
            if first.is_some() {
                return (first, Some(at));
            }
            first = Some(at);
        }
        at += 1;
    }
    (first, None)
}

/// An invalid plugin name, with the place of the error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NameError {
    fault: Fault,
    start: usize,
    end: usize,
}

/// The possible errors in a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// The `/` is missing.
    NoSlash,
    /// It contains more than one `/`.
    SecondSlash,
    /// The part before the `/` is empty.
    EmptyPrefix,
    /// The part after the `/` is empty.
    EmptyName,
    /// The part before the `/` contains an upper-case letter.
    UpperCase,
    /// The part before the `/` contains a character not allowed in DNS names.
    Character,
    /// A label of the part before the `/` is empty, or starts or ends with `-`.
    Edge,
    /// The part before the `/` is longer than [`MAX_PREFIX_LEN`].
    TooLong,
}

impl Fault {
    const fn of_prefix(what: What) -> Self {
        match what {
            What::UpperCase => Self::UpperCase,
            What::Character => Self::Character,
            What::Edge => Self::Edge,
            What::TooLong => Self::TooLong,
        }
    }
}

impl NameError {
    /// Returns the kind of error.
    pub const fn fault(&self) -> Fault {
        self.fault
    }

    /// Returns the byte range of the error; the whole name if something is missing.
    pub const fn range(&self) -> Range<usize> {
        self.start..self.end
    }

    /// Returns the message: the error and the expected form, in one sentence independent of the name.
    pub const fn message(&self) -> &'static str {
        match self.fault {
            Fault::NoSlash => "expected a plugin name such as `example.io/my-plugin`, found no `/`",
            Fault::SecondSlash => {
                "a plugin name must contain exactly one `/`: `example.io/my-plugin`; use `-` or `.` within the parts"
            }
            Fault::EmptyPrefix => {
                "expected a domain before the `/` of a plugin name, such as your organization's: `example.io/my-plugin`"
            }
            Fault::EmptyName => "expected a name after the `/` of a plugin name: `example.io/my-plugin`",
            Fault::UpperCase => "the domain of a plugin name must be in lower case",
            Fault::Character => {
                "the domain of a plugin name may contain only lower-case letters `a` to `z`, digits, `-` and `.`"
            }
            Fault::Edge => {
                "each label of the domain of a plugin name must start and end with a letter or digit"
            }
            Fault::TooLong => "the domain of a plugin name may have at most 253 characters",
        }
    }

    /// Returns the intended name, if only the case is wrong.
    pub fn suggestion(&self, name: &str) -> Option<String> {
        let (prefix, rest) = name.split_once('/')?;
        let lower = format!("{}/{rest}", prefix.to_ascii_lowercase());
        (self.fault == Fault::UpperCase && check(&lower).is_ok()).then_some(lower)
    }
}

impl fmt::Display for NameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message())
    }
}

impl std::error::Error for NameError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checks_ark_names() {
        for name in ["mycloud", "my cloud", "My.Cloud_2", "é"] {
            assert_eq!(check_ark(name), Ok(()), "{name}");
        }
        assert_eq!(check_ark(""), Err(ArkNameError::Empty));
        assert_eq!(check_ark("example.io/mycloud"), Err(ArkNameError::Slash));
        assert_eq!(check_ark("a\0"), Err(ArkNameError::Nul));
        let slash = ArkNameError::Slash.to_string();
        assert!(slash.contains("the end of a file name, `ark-objectstore-mycloud`"), "{slash}");
    }

    #[test]
    fn accepts_the_names_that_velero_accepts() {
        let long = format!("{}/x", ["a".repeat(63).as_str(); 3].join(".") + "." + &"b".repeat(61));
        for name in [
            "velero.io/aws",
            "kyma-project.io/instances-restore-plugin",
            "a/b",
            "0.1/x",
            "a.b/UPPER_ok!",
            "a.b/sp ace",
            "a.b/ü",
            "a--b.io/x",
            &long,
        ] {
            assert_eq!(check(name), Ok(()), "{name}");
        }
    }

    #[test]
    fn rejects_the_names_that_velero_rejects() {
        let long = "a".repeat(254) + "/x";
        for (name, fault, range) in [
            ("", Fault::NoSlash, 0..0),
            ("velero", Fault::NoSlash, 0..6),
            ("a/b/c", Fault::SecondSlash, 3..4),
            ("a//c", Fault::SecondSlash, 2..3),
            ("/x", Fault::EmptyPrefix, 0..1),
            ("/", Fault::EmptyPrefix, 0..1),
            ("example.io/", Fault::EmptyName, 10..11),
            ("Example.io/x", Fault::UpperCase, 0..1),
            ("my_org.io/x", Fault::Character, 2..3),
            ("über.io/x", Fault::Character, 0..2),
            ("€.io/x", Fault::Character, 0..3),
            ("a🙂.io/x", Fault::Character, 1..5),
            ("a b/x", Fault::Character, 1..2),
            ("-a.io/x", Fault::Edge, 0..1),
            ("a-.io/x", Fault::Edge, 1..2),
            ("a.-io/x", Fault::Edge, 2..3),
            ("a..io/x", Fault::Edge, 1..2),
            (".io/x", Fault::Edge, 0..1),
            ("io./x", Fault::Edge, 2..3),
            (&long, Fault::TooLong, 0..254),
        ] {
            let error = check(name).unwrap_err();
            assert_eq!((error.fault(), error.range()), (fault, range), "{name}");
            assert!(name.get(error.range()).is_some(), "{name}");
            assert_eq!(error.to_string(), error.message());
            assert!(error.message().contains("plugin name"), "{error}");
        }
    }

    #[test]
    fn works_at_compile_time() {
        const OK: bool = check("example.io/x").is_ok();
        const { assert!(OK && check("example.io").is_err()) }
    }

    #[test]
    fn suggests_lower_case() {
        let name = "Kyma-Project.io/X";
        assert_eq!(check(name).unwrap_err().suggestion(name).as_deref(), Some("kyma-project.io/X"));
        let name = "My_Org.io/x";
        assert_eq!(check(name).unwrap_err().suggestion(name), None);
    }
}
