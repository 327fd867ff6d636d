//! Signed URLs for downloads without the store. The web server of the root directory verifies the signature.

use std::fmt::Write;
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use hmac::{Hmac, KeyInit, Mac};
use plugwright::prelude::*;
use sha2::Sha256;

/// The configuration of a storage location's web server.
#[derive(Default)]
pub(super) struct Links {
    /// The URL of the root directory.
    public_url: Option<String>,
    /// The file with the secret shared with the web server. Velero writes it from the location's `credential`.
    secret: Option<PathBuf>,
}

impl Links {
    pub(super) fn new(config: &Config) -> Self {
        let text = |key| config.get(key).filter(|value| !value.is_empty());
        Self {
            public_url: text("publicUrl").map(str::to_owned),
            secret: text("credentialsFile").map(PathBuf::from),
        }
    }

    /// `<publicUrl>/<bucket>/<key>?expires=<seconds since 1970>&signature=<HMAC-SHA256 of bucket/key?expires=…>`
    pub(super) fn sign(&self, bucket: &str, key: &str, ttl: Duration) -> Result<String> {
        let public_url = self.public_url.as_ref();
        let public_url = public_url
            .context("CreateSignedURL needs publicUrl in the config of the BackupStorageLocation")?;
        let file = self.secret.as_ref();
        let file = file.context("CreateSignedURL needs a credential in the BackupStorageLocation")?;
        // Read the file each time, because Velero rewrites it whenever it processes the location.
        let secret = fs::read(file).with_context(|| file.display().to_string())?;
        let secret = secret.trim_ascii_end();
        ensure!(!secret.is_empty(), "the credential of the BackupStorageLocation is empty");

        let expires = (SystemTime::now() + ttl).duration_since(UNIX_EPOCH)?.as_secs();
        let signed = format!("{}/{}?expires={expires}", escaped(bucket), escaped(key));
        let mut signature = Hmac::<Sha256>::new_from_slice(secret)?;
        signature.update(signed.as_bytes());
        let signature = hexadecimal(&signature.finalize().into_bytes());
        Ok(format!("{}/{signed}&signature={signature}", public_url.trim_end_matches('/')))
    }
}

/// Escapes a path for a URL.
fn escaped(path: &str) -> String {
    let mut escaped = String::new();
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                escaped.push(byte.into());
            }
            // Writing to a string cannot fail.
            _ => _ = write!(escaped, "%{byte:02X}"),
        }
    }
    escaped
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn links(settings: &[(&str, &str)]) -> Links {
        Links::new(&settings.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn a_url_has_an_expiry_and_a_signature() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("secret");
        fs::write(&file, "secret\n").unwrap();
        let links = links(&[
            ("publicUrl", "https://files.example.io/all/"),
            ("credentialsFile", file.to_str().unwrap()),
        ]);
        let url = links.sign("b", "p/ä 1+?", Duration::from_secs(600)).unwrap();

        let path = url.strip_prefix("https://files.example.io/all/").unwrap();
        let (signed, signature) = path.split_once("&signature=").unwrap();
        let expires = signed.strip_prefix("b/p/%C3%A4%201%2B%3F?expires=").unwrap().parse().unwrap();
        let end = UNIX_EPOCH + Duration::from_secs(expires);
        assert!(end > SystemTime::now() && end <= SystemTime::now() + Duration::from_secs(600));
        assert_eq!(signature.len(), 64);
        let mut expected = Hmac::<Sha256>::new_from_slice(b"secret").unwrap();
        expected.update(signed.as_bytes());
        assert_eq!(signature, hexadecimal(&expected.finalize().into_bytes()));
    }

    #[test]
    fn the_signature_equals_openssls() {
        // printf 'b/k?expires=100' | openssl dgst -sha256 -hmac secret
        let mut signature = Hmac::<Sha256>::new_from_slice(b"secret").unwrap();
        signature.update(b"b/k?expires=100");
        let expected = "ff24fcbf1e61d7c86f3151fa6c467cc2155793f40cf1a84e374940eb83b8bdc5";
        assert_eq!(hexadecimal(&signature.finalize().into_bytes()), expected);
    }

    #[test]
    fn errors_name_the_missing_setting() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("secret");
        fs::write(&file, "\n").unwrap();
        let (url, file) =
            (("publicUrl", "https://files.example.io"), ("credentialsFile", file.to_str().unwrap()));
        for (settings, expected) in [
            (&[][..], "CreateSignedURL needs publicUrl in the config of the BackupStorageLocation"),
            (&[url], "CreateSignedURL needs a credential in the BackupStorageLocation"),
            (&[url, file], "the credential of the BackupStorageLocation is empty"),
        ] {
            let error = links(settings).sign("b", "k", Duration::ZERO).unwrap_err();
            assert_eq!(error.to_string(), expected);
        }
    }
}
