//! Server-side encryption: with the store's keys, KMS keys, or the customer's key (SSE-C).

use std::fmt;
use std::fs::File;
use std::io::{ErrorKind, Read as _};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http::{HeaderName, HeaderValue};
use md5::{Digest as _, Md5};
use object_store::aws::AmazonS3Builder;
use object_store::signer::SignedUrlOptions;
use plugwright::{Context, ErrorContext as _, Result, bail, ensure};

use super::settings::Settings;
use crate::kubernetes;
use crate::provider::Variables;

/// The length of a customer's key.
const KEY: usize = 32;

#[derive(Clone, PartialEq, Eq)]
pub(super) enum Encryption {
    None,
    /// `AES256`, `aws:kms` or `aws:kms:dsse`, with the store's default key.
    Kind(String),
    Kms(String),
    Customer([u8; KEY]),
}

impl fmt::Debug for Encryption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("None"),
            Self::Kind(kind) => write!(f, "Kind({kind})"),
            Self::Kms(key) => write!(f, "Kms({key})"),
            Self::Customer(_) => f.write_str("Customer(…)"),
        }
    }
}

impl Encryption {
    pub(super) async fn new(settings: &Settings, cx: &Context, env: Variables<'_>) -> Result<Self> {
        let Settings {
            kms_key_id,
            customer_key_encryption_file: file,
            customer_key_encryption_secret: secret,
            ..
        } = settings;
        match (kms_key_id, file, secret) {
            (Some(id), None, None) => Ok(Self::Kms(id.clone())),
            (None, Some(file), None) => Ok(Self::Customer(from_file(file)?)),
            (None, None, Some(secret)) => Ok(Self::Customer(from_secret(secret, cx, env).await?)),
            (None, None, None) => settings.server_side_encryption.as_deref().map_or(Ok(Self::None), kind),
            _ => bail!(
                "you can only use one of: kmsKeyId, customerKeyEncryptionFile, or customerKeyEncryptionSecret"
            ),
        }
    }

    pub(super) fn configure(&self, builder: AmazonS3Builder) -> Result<AmazonS3Builder> {
        Ok(match self {
            Self::None => builder,
            Self::Kind(kind) => builder.with_config("aws_server_side_encryption".parse()?, kind),
            Self::Kms(id) => builder.with_sse_kms_encryption(id),
            Self::Customer(key) => builder.with_ssec_encryption(BASE64_STANDARD.encode(key)),
        })
    }

    /// Requests to a signed URL must send the customer key. The Go plugin signs it the same way.
    pub(super) fn signed_headers(&self) -> Result<SignedUrlOptions> {
        let Self::Customer(key) = self else { return Ok(SignedUrlOptions::default()) };
        let key_base64 = BASE64_STANDARD.encode(key);
        let md5 = BASE64_STANDARD.encode(Md5::digest(key));
        let headers = [("algorithm", "AES256"), ("key", &key_base64), ("key-md5", &md5)];
        headers.into_iter().try_fold(SignedUrlOptions::default(), |options, (name, value)| {
            let name = format!("x-amz-server-side-encryption-customer-{name}");
            let name = HeaderName::try_from(name).context("a header of the customer's key")?;
            let mut value = HeaderValue::from_str(value).context("a header of the customer's key")?;
            value.set_sensitive(true);
            Ok(options.with_signed_header(name, value))
        })
    }
}

fn kind(kind: &str) -> Result<Encryption> {
    match kind {
        "AES256" | "aws:kms" | "aws:kms:dsse" => Ok(Encryption::Kind(kind.to_owned())),
        _ => bail!("`serverSideEncryption` is {kind:?}; expected AES256, aws:kms or aws:kms:dsse"),
    }
}

/// The first 32 bytes of a file, as the Go plugin reads it: a longer file is accepted.
fn from_file(path: &str) -> Result<[u8; KEY]> {
    let mut key = [0; KEY];
    let mut file = match File::open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            bail!("provided customerKeyEncryptionFile does not exist: {path}")
        }
        opened => opened.with_context(|| format!("customerKeyEncryptionFile {path}"))?,
    };
    match file.read_exact(&mut key) {
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => {
            bail!("contents of customerKeyEncryptionFile ({path}) are not exactly 32 bytes")
        }
        read => read.with_context(|| format!("customerKeyEncryptionFile {path}"))?,
    }
    Ok(key)
}

/// `secretName/key` in Velero's namespace.
async fn from_secret(reference: &str, cx: &Context, env: Variables<'_>) -> Result<[u8; KEY]> {
    let parts: Vec<&str> = reference.split('/').collect();
    let [name, key] = parts[..] else {
        bail!("invalid secret reference format: {reference}, expected secretName/key")
    };
    ensure!(
        !name.is_empty() && !key.is_empty(),
        "invalid secret reference format: {reference}, expected secretName/key"
    );
    let namespace = cx.velero_namespace().context("VELERO_NAMESPACE environment variable is not set")?;
    let value = kubernetes::secret(env, namespace, name, key).await.context("customerKeyEncryptionSecret")?;
    let length = value.len();
    value.try_into().ok().with_context(|| {
        format!("customerKeyEncryptionSecret ({reference}) has {length} bytes; expected exactly 32")
    })
}

#[cfg(test)]
mod tests {
    use super::super::settings::for_tests;
    use super::*;

    async fn encryption(settings: &[(&str, &str)]) -> Result<Encryption, String> {
        let cx = Context::for_tests(plugwright::Kind::ObjectStore, "velero.io/aws");
        Encryption::new(&for_tests(settings), &cx, &|_| None).await.map_err(|error| error.to_string())
    }

    fn file(content: &str) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), content).unwrap();
        file
    }

    /// The seven combinations of the AWS plugin's tests.
    #[tokio::test]
    async fn one_way_to_encrypt() {
        let file = file(&"k".repeat(32));
        let kms = ("kmsKeyId", "alias/velero");
        let file = ("customerKeyEncryptionFile", file.path().to_str().unwrap());
        let secret = ("customerKeyEncryptionSecret", "sse/key");
        assert_eq!(encryption(&[]).await, Ok(Encryption::None));
        assert_eq!(encryption(&[kms]).await, Ok(Encryption::Kms("alias/velero".into())));
        assert_eq!(encryption(&[file]).await, Ok(Encryption::Customer([b'k'; 32])));
        assert!(encryption(&[secret]).await.unwrap_err().contains("Secret velero/sse"));
        for several in [&[kms, file][..], &[kms, secret], &[file, secret], &[kms, file, secret]] {
            let error = encryption(several).await.unwrap_err();
            assert!(error.starts_with("you can only use one of: kmsKeyId"), "{error}");
        }
    }

    #[tokio::test]
    async fn kinds() {
        for name in ["AES256", "aws:kms", "aws:kms:dsse"] {
            assert_eq!(
                encryption(&[("serverSideEncryption", name)]).await,
                Ok(Encryption::Kind(name.into()))
            );
        }
        assert!(
            encryption(&[("serverSideEncryption", "aes256")]).await.unwrap_err().contains("expected AES256")
        );
        let both = encryption(&[("serverSideEncryption", "AES256"), ("kmsKeyId", "id")]).await;
        assert_eq!(both, Ok(Encryption::Kms("id".into())));
    }

    #[tokio::test]
    async fn keys_in_files() {
        let with = async |content: &str| {
            let file = file(content);
            encryption(&[("customerKeyEncryptionFile", file.path().to_str().unwrap())]).await
        };
        assert_eq!(with(&"k".repeat(40)).await, Ok(Encryption::Customer([b'k'; 32])));
        assert!(with("short").await.unwrap_err().contains("are not exactly 32 bytes"));
        let error = encryption(&[("customerKeyEncryptionFile", "/none")]).await.unwrap_err();
        assert_eq!(error, "provided customerKeyEncryptionFile does not exist: /none");
        for wrong in ["name", "a/b/c", "/key", "name/"] {
            let error = encryption(&[("customerKeyEncryptionSecret", wrong)]).await.unwrap_err();
            assert!(error.starts_with("invalid secret reference format: "), "{error}");
        }
    }

    #[test]
    fn a_key_is_not_shown() {
        assert_eq!(format!("{:?}", Encryption::Customer([b'k'; 32])), "Customer(…)");
        let options = Encryption::Customer([b'k'; 32]).signed_headers().unwrap();
        assert!(!format!("{options:?}").contains("a2tr"), "{options:?}");
        assert!(Encryption::Kms("id".into()).signed_headers().unwrap().is_empty());
    }
}
