//! The version of the host, if stated.

use std::fmt;

use crate::{Result, bail};
use go_plugin::Environment;

/// Set in the host's environment, which its plugins inherit.
pub(crate) const VARIABLE: &str = "PLUGWRIGHT_HOST_VERSION";

/// The parts of a host's version that distinguish generations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Version {
    pub(super) major: u16,
    pub(super) minor: u16,
}

impl Version {
    pub(super) const fn new(major: u16, minor: u16) -> Self {
        Self { major, minor }
    }

    /// Reads `PLUGWRIGHT_HOST_VERSION`: `1.10`, or in full, such as `v1.10.2`.
    pub(super) fn stated(environment: &Environment) -> Result<Option<Self>> {
        let Some(text) = environment.get(VARIABLE) else { return Ok(None) };
        match Self::parse(text) {
            Some(version) => Ok(Some(version)),
            None => bail!("invalid {VARIABLE} `{text}`; expected a version such as `1.10` or `v1.10.2`"),
        }
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let mut parts = text.strip_prefix('v').unwrap_or(text).split(['.', '-', '+']);
        let number = |part: &str| part.parse::<u16>().ok().filter(|_| !part.starts_with('+'));
        Some(Self { major: number(parts.next()?)?, minor: number(parts.next()?)? })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_and_long_versions_are_the_same() {
        for text in ["1.10", "v1.10", "1.10.2", "v1.10.0-rc.1", "1.10+oadp", " 1.10 "] {
            assert_eq!(Version::parse(text), Some(Version::new(1, 10)), "{text}");
        }
        for text in ["1", "main", "v", "1.x", "1.", "-1.2", "+1.2", "1,10", ""] {
            assert_eq!(Version::parse(text), None, "{text}");
        }
        assert!(Version::new(1, 9) < Version::new(1, 10) && Version::new(0, 11) < Version::new(1, 0));
    }

    #[test]
    fn rejects_invalid_versions() {
        let stated = |text| Version::stated(&Environment::of([(VARIABLE, text)]));
        assert_eq!(stated("0.9").unwrap(), Some(Version::new(0, 9)));
        assert_eq!(stated("").unwrap(), None);
        let error = stated("latest").unwrap_err().to_string();
        assert_eq!(
            error,
            "invalid PLUGWRIGHT_HOST_VERSION `latest`; expected a version such as `1.10` or `v1.10.2`"
        );
    }
}
