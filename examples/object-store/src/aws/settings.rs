//! The keys of `velero.io/aws`.

use plugwright::{ErrorContext as _, Result};
use serde::Deserialize;
use url::Url;

use crate::provider::Variables;
use crate::settings::{Size, http_url};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Settings {
    pub(crate) region: Option<String>,
    pub(crate) s3_url: Option<String>,
    pub(crate) public_url: Option<String>,
    #[serde(default)]
    pub(crate) s3_force_path_style: bool,
    #[serde(default, rename = "insecureSkipTLSVerify")]
    pub(crate) insecure_skip_tls_verify: bool,
    pub(crate) ca_cert: Option<String>,
    pub(crate) profile: Option<String>,
    pub(crate) kms_key_id: Option<String>,
    pub(crate) server_side_encryption: Option<String>,
    pub(crate) customer_key_encryption_file: Option<String>,
    pub(crate) customer_key_encryption_secret: Option<String>,
    pub(crate) tagging: Option<String>,
    /// Read from the configuration itself, because an empty value differs from an absent key.
    #[serde(rename = "checksumAlgorithm")]
    _checksum_algorithm: Option<String>,
    signature_version: Option<String>,
    enable_shared_config: Option<String>,
    /// This key and those below do not exist in the Go plugin.
    #[serde(default)]
    pub(crate) unsigned_payload: bool,
    #[serde(default = "crate::settings::upload_part_size")]
    pub(crate) upload_part_size: Size,
    #[serde(default = "crate::settings::upload_memory")]
    pub(crate) upload_memory: Size,
}

impl Settings {
    pub(super) fn s3_url(&self) -> Result<Option<Url>> {
        self.s3_url.as_deref().map(|url| http_url("s3Url", url)).transpose()
    }

    pub(super) fn public_url(&self) -> Result<Option<Url>> {
        self.public_url.as_deref().map(|url| http_url("publicUrl", url)).transpose()
    }

    /// `caCert`, and the file in `AWS_CA_BUNDLE`.
    pub(super) fn authorities(&self, env: Variables<'_>) -> Result<Option<String>> {
        let bundle = env("AWS_CA_BUNDLE").map(|path| {
            std::fs::read_to_string(&path).with_context(|| format!("AWS_CA_BUNDLE names {path}"))
        });
        let all: Vec<String> = self.ca_cert.clone().into_iter().chain(bundle.transpose()?).collect();
        Ok((!all.is_empty()).then(|| all.join("\n")))
    }

    /// Warns about keys that the Go plugin accepts, also without effect.
    pub(super) fn warn_of_unused(&self) {
        let unused = [
            ("signatureVersion", &self.signature_version),
            ("enableSharedConfig", &self.enable_shared_config),
        ];
        for (key, _) in unused.iter().filter(|(_, value)| value.is_some()) {
            tracing::warn!("configuration: `{key}` has no effect; remove it");
        }
    }
}

#[cfg(test)]
pub(super) fn for_tests(settings: &[(&str, &str)]) -> Settings {
    crate::settings::for_tests(settings)
}

#[cfg(test)]
mod tests {
    use plugwright::Config;

    use super::*;

    #[test]
    fn defaults() {
        let settings = for_tests(&[("bucket", "b"), ("prefix", "")]);
        assert!(
            !settings.s3_force_path_style && !settings.insecure_skip_tls_verify && !settings.unsigned_payload
        );
        assert_eq!((settings.upload_part_size, settings.upload_memory), (Size(6 << 20), Size(18 << 20)));
        assert!(settings.region.is_none() && settings.s3_url().unwrap().is_none());
    }

    #[test]
    fn booleans_as_go_reads_them() {
        for (text, expected) in
            [("1", true), ("T", true), ("TRUE", true), ("0", false), ("False", false), ("", false)]
        {
            assert_eq!(for_tests(&[("s3ForcePathStyle", text)]).s3_force_path_style, expected, "{text}");
        }
        for key in ["s3ForcePathStyle", "insecureSkipTLSVerify"] {
            let error = Config::from_iter([(key, "maybe")]).read::<Settings>().unwrap_err().to_string();
            assert_eq!(
                error,
                format!("invalid configuration: `{key}`: expected `true` or `false`, found \"maybe\"")
            );
        }
    }

    #[test]
    fn urls_are_checked() {
        let settings = for_tests(&[("s3Url", "httpd://foo"), ("publicUrl", "https://files.example.com/s3")]);
        assert!(settings.s3_url().unwrap_err().to_string().contains("`s3Url`"));
        assert_eq!(settings.public_url().unwrap().unwrap().path(), "/s3");
    }
}
