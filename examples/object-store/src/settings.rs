//! Settings of all three providers, and their formats.

use plugwright::{Result, bail};
use serde::Deserialize;
use url::Url;

pub(crate) const MEBIBYTE: u64 = 1 << 20;

/// A number of bytes, as Kubernetes writes it: `8Mi`, `8388608`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Size(pub(crate) u64);

impl Size {
    pub(crate) const fn mebibytes(count: u64) -> Self {
        Self(count * MEBIBYTE)
    }
}

impl TryFrom<String> for Size {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let digits = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
        let unit: u64 = match &text[digits.len()..] {
            "" => 1,
            "Ki" => 1 << 10,
            "Mi" => MEBIBYTE,
            "Gi" => 1 << 30,
            _ => 0,
        };
        let size = digits.parse::<u64>().ok().and_then(|count| count.checked_mul(unit));
        let size = size.filter(|size| *size > 0);
        size.map(Self).ok_or_else(|| format!("{text:?} is not a size; expected bytes, such as 8Mi"))
    }
}

/// The default of `uploadPartSize`.
pub(crate) fn upload_part_size() -> Size {
    Size::mebibytes(6)
}

/// The default of `uploadMemory`.
pub(crate) fn upload_memory() -> Size {
    Size::mebibytes(18)
}

/// A URL of `http` or `https`, as the AWS plugin checks `s3Url` and `publicUrl`.
pub(crate) fn http_url(key: &str, text: &str) -> Result<Url> {
    match Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => Ok(url),
        _ => bail!(
            "invalid configuration: `{key}`: expected a URL that starts with http:// or https://, found {text:?}"
        ),
    }
}

#[cfg(test)]
pub(crate) fn for_tests<T: serde::de::DeserializeOwned>(settings: &[(&str, &str)]) -> T {
    settings.iter().copied().collect::<plugwright::Config>().read().unwrap()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        let size = |text: &str| Size::try_from(text.to_owned());
        assert_eq!(size("8Mi"), Ok(Size(8 << 20)));
        assert_eq!(size("8388608"), Ok(Size::mebibytes(8)));
        assert_eq!((size("1Gi"), size("4Ki")), (Ok(Size(1 << 30)), Ok(Size(4096))));
        for wrong in ["", "Mi", "8MB", "8 Mi", "-1", "0", "1.5Gi", "99999999999Gi"] {
            assert!(size(wrong).unwrap_err().contains("is not a size"), "{wrong}");
        }
    }

    /// The cases of the AWS plugin's `TestIsValidS3URLScheme`.
    #[test]
    fn urls_are_http() {
        for url in ["http://foo", "https://foo", "https://foo:9000/path"] {
            assert!(http_url("s3Url", url).is_ok(), "{url}");
        }
        for url in ["httpd://foo", "", "foo", "http://", "s3.example.com:443"] {
            let error = http_url("s3Url", url).unwrap_err().to_string();
            assert!(error.contains("`s3Url`") && error.contains("http:// or https://"), "{error}");
        }
    }
}
