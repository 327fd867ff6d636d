//! `checksumAlgorithm`: the checksum header of uploads. The signature protects a body without one.

use object_store::aws::Checksum;
use plugwright::{Result, bail};

/// The algorithms of AWS's SDK.
const KNOWN: [&str; 10] =
    ["CRC32", "CRC32C", "SHA1", "SHA256", "CRC64NVME", "SHA512", "MD5", "XXHASH64", "XXHASH3", "XXHASH128"];

/// By default, only AWS receives a checksum: several other stores reject the header.
pub(super) fn checksum(algorithm: Option<&str>, is_aws: bool) -> Result<Option<Checksum>> {
    Ok(match algorithm {
        None => is_aws.then_some(Checksum::SHA256),
        Some("") => None,
        Some("SHA256") => Some(Checksum::SHA256),
        Some("CRC64NVME") => Some(Checksum::CRC64NVME),
        Some(algorithm @ ("CRC32" | "CRC32C" | "SHA1")) => {
            tracing::info!("uploads have the checksum SHA256 instead of {algorithm}");
            Some(Checksum::SHA256)
        }
        Some(algorithm) if KNOWN.contains(&algorithm) => {
            bail!("checksumAlgorithm {algorithm} is not supported; use SHA256, CRC64NVME or \"\"")
        }
        Some(algorithm) => {
            bail!("invalid checksum algorithm: {algorithm:?}; expected one of {}, or \"\"", KNOWN.join(", "))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The cases of the AWS plugin's tests, and all other names.
    #[test]
    fn names() {
        for (algorithm, expected) in [
            (Some(""), None),
            (Some("SHA256"), Some(Checksum::SHA256)),
            (Some("CRC64NVME"), Some(Checksum::CRC64NVME)),
            (Some("CRC32"), Some(Checksum::SHA256)),
            (Some("CRC32C"), Some(Checksum::SHA256)),
            (Some("SHA1"), Some(Checksum::SHA256)),
            (None, None),
        ] {
            assert_eq!(checksum(algorithm, false).unwrap(), expected, "{algorithm:?}");
        }
        assert_eq!(checksum(None, true).unwrap(), Some(Checksum::SHA256));
        for wrong in ["Md5", "sha256", "  ", "md5"] {
            let error = checksum(Some(wrong), true).unwrap_err().to_string();
            assert!(error.starts_with(&format!("invalid checksum algorithm: {wrong:?}")), "{error}");
        }
        for other in ["MD5", "SHA512", "XXHASH64", "XXHASH3", "XXHASH128"] {
            let error = checksum(Some(other), true).unwrap_err().to_string();
            assert!(error.starts_with(&format!("checksumAlgorithm {other} is not supported")), "{error}");
        }
    }
}
