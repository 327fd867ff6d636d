//! Parses versions of Kubernetes and OpenShift.

use plugwright::prelude::*;

/// The major and minor version of `v1.27.4+18eadca` or `4.16.3`.
pub(crate) fn numbers(version: &str) -> Result<(u32, u32)> {
    let mut numbers = version.trim_start_matches('v').split('.').map_while(|number| number.parse().ok());
    let numbers = numbers.next().zip(numbers.next());
    numbers.with_context(|| format!("expected a version such as `v1.27.4`, found {version:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_releases_and_builds() {
        for (version, expected) in [
            ("v1.27.4+18eadca", (1, 27)),
            ("v1.11.0+d4cacc0", (1, 11)),
            ("4.16.3", (4, 16)),
            ("4.17.0-rc.1", (4, 17)),
        ] {
            assert_eq!(numbers(version).unwrap(), expected);
        }
        for version in ["", "v1", "1.x.2", "newest"] {
            assert!(numbers(version).unwrap_err().to_string().ends_with(&format!("found {version:?}")));
        }
    }
}
