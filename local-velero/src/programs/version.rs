//! Velero versions.

use std::fmt;
use std::str::FromStr;

/// A release, such as `1.18.3`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    major: u32,
    minor: u32,
    patch: u32,
}

impl Version {
    /// The default. All its modules are pinned in `go/velero`.
    pub const DEFAULT: Self = Self { major: 1, minor: 18, patch: 3 };

    /// Whether this is the given minor version or later.
    pub fn is_at_least(&self, major: u32, minor: u32) -> bool {
        (self.major, self.minor) >= (major, minor)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { major, minor, patch } = self;
        write!(f, "{major}.{minor}.{patch}")
    }
}

impl FromStr for Version {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let expected = || format!("expected a Velero release such as {}, found `{text}`", Self::DEFAULT);
        let numbers: Vec<u32> = text
            .strip_prefix('v')
            .unwrap_or(text)
            .split('.')
            .map(|part| part.parse().map_err(|_| expected()))
            .collect::<Result<_, _>>()?;
        let &[major, minor, patch] = &*numbers else { return Err(expected()) };
        Ok(Self { major, minor, patch })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_has_three_numbers() {
        let version: Version = "v1.9.10".parse().unwrap();
        assert_eq!(version.to_string(), "1.9.10");
        assert!(version < Version::DEFAULT && !version.is_at_least(1, 11) && version.is_at_least(1, 9));
        for wrong in ["1.9", "1.9.0.1", "main", "1.x.0", ""] {
            let error = wrong.parse::<Version>().unwrap_err();
            assert!(error.starts_with("expected a Velero release such as 1.18.3, found `"), "{error}");
        }
    }
}
