//! The names of plugins: `<DNS subdomain>/<anything>`.
//!
//! The rule is that of Velero's `ValidatePluginName` (`pkg/plugin/framework/common/server_mux.go`) with
//! Kubernetes' `IsDNS1123Subdomain` for the first part. The second part may be any text without `/`.

use std::fmt;
use std::ops::Range;

use crate::dns::{self, DnsFault, What};

/// The most bytes that the first part of a name may have.
pub const MAX_PREFIX_LEN: usize = dns::MAX_SUBDOMAIN_LEN;

/// Looks for the first fault in a plugin's name.
///
/// This works in constants too: the attributes use it for names that are not literals.
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

/// Looks for what no name at Heptio Ark can have: it is a part of a file name (Ark 0.9, `pkg/plugin/manager.go`).
pub fn check_ark(name: &str) -> Result<(), ArkNameError> {
    match name {
        "" => Err(ArkNameError::Empty),
        _ if name.contains('/') => Err(ArkNameError::Slash),
        _ if name.contains('\0') => Err(ArkNameError::Nul),
        _ => Ok(()),
    }
}

/// What is wrong with a name at Heptio Ark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ArkNameError {
    /// There is nothing in it.
    Empty,
    /// There is a `/`.
    Slash,
    /// There is a character that no file name can have.
    Nul,
}

impl fmt::Display for ArkNameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "a name at Heptio Ark has at least one character",
            Self::Slash => {
                "a name at Heptio Ark has no `/`: it is the end of a file name, `ark-objectstore-mycloud`"
            }
            Self::Nul => "a name at Heptio Ark has no NUL character: it is the end of a file name",
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

/// What is wrong with a plugin's name, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NameError {
    fault: Fault,
    start: usize,
    end: usize,
}

/// The ways in which a name can be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// There is no `/`.
    NoSlash,
    /// There is more than one `/`.
    SecondSlash,
    /// There is nothing before the `/`.
    EmptyPrefix,
    /// There is nothing after the `/`.
    EmptyName,
    /// The part before the `/` has a capital letter.
    UpperCase,
    /// The part before the `/` has a character that no DNS name has.
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
    /// What is wrong.
    pub const fn fault(&self) -> Fault {
        self.fault
    }

    /// The bytes of the name that are wrong; the whole name where something is missing.
    pub const fn range(&self) -> Range<usize> {
        self.start..self.end
    }

    /// What is wrong and what would be right, in one sentence that does not depend on the name.
    pub const fn message(&self) -> &'static str {
        match self.fault {
            Fault::NoSlash => {
                "a plugin's name has two parts with a `/` between them: `example.io/my-plugin`; this one has no `/`"
            }
            Fault::SecondSlash => {
                "a plugin's name has exactly one `/`: `example.io/my-plugin`; use `-` or `.` within the parts"
            }
            Fault::EmptyPrefix => {
                "a plugin's name needs a domain before the `/`, say your organisation's: `example.io/my-plugin`"
            }
            Fault::EmptyName => "a plugin's name needs something after the `/`: `example.io/my-plugin`",
            Fault::UpperCase => "the part of a plugin's name before the `/` is a DNS name, in lower case",
            Fault::Character => {
                "the part of a plugin's name before the `/` is a DNS name: \
                 only lower-case letters `a` to `z`, digits, `-` and `.`"
            }
            Fault::Edge => {
                "the part of a plugin's name before the `/` is a DNS name: \
                 each label between its dots starts and ends with a letter or digit"
            }
            Fault::TooLong => {
                "the part of a plugin's name before the `/` is a DNS name, of at most 253 characters"
            }
        }
    }

    /// The name that was probably meant, where only the case is wrong.
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
    fn an_ark_name_is_the_end_of_a_file_name() {
        for name in ["mycloud", "my cloud", "My.Cloud_2", "é"] {
            assert_eq!(check_ark(name), Ok(()), "{name}");
        }
        assert_eq!(check_ark(""), Err(ArkNameError::Empty));
        assert_eq!(check_ark("example.io/mycloud"), Err(ArkNameError::Slash));
        assert_eq!(check_ark("a\0"), Err(ArkNameError::Nul));
    }

    #[test]
    fn names_that_velero_takes() {
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
    fn names_that_velero_refuses() {
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
        }
    }

    #[test]
    fn is_known_at_compile_time() {
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
