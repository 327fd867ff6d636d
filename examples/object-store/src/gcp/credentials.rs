//! The source of the credentials: a JSON file, otherwise the metadata server.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use object_store::gcp::{
    GcpCredentialProvider, GcpSigningCredential, GcpSigningCredentialProvider, GoogleCloudStorageBuilder,
};
use object_store::{CredentialProvider, StaticCredentialProvider};
use plugwright::{ErrorContext as _, Result, bail, ensure};
use serde_json::Value;

use super::STORE;
use super::federation::Federation;
use crate::http::Http;
use crate::provider::Variables;
use crate::token::Cached;

/// The file of `gcloud auth application-default login` in the home folder.
const WELL_KNOWN: &str = ".config/gcloud/application_default_credentials.json";

pub(super) struct Credentials {
    /// For the log and for errors.
    pub(super) source: String,
    way: Way,
    signing: Option<GcpSigningCredentialProvider>,
}

enum Way {
    /// Contains the key.
    ServiceAccount(String),
    /// A user's credentials, from `gcloud`.
    AuthorizedUser(PathBuf),
    Federation(GcpCredentialProvider),
    MetadataServer,
}

impl Credentials {
    /// `account` is the configuration's `serviceAccount`, which signs URLs without a key.
    pub(super) fn find(
        file: Option<&Path>,
        account: Option<String>,
        http: &Http,
        env: Variables<'_>,
    ) -> Result<Self> {
        let well_known =
            env("HOME").map(|home| Path::new(&home).join(WELL_KNOWN)).filter(|path| path.exists());
        let Some(path) = file.map(Path::to_owned).or(well_known) else {
            // The metadata server also returns the e-mail.
            let (source, signing) = ("the metadata server".to_owned(), account.map(signed_by));
            return Ok(Self { source, way: Way::MetadataServer, signing });
        };
        let text = std::fs::read_to_string(&path);
        let text =
            text.with_context(|| format!("error reading provided credentials file {}", path.display()))?;
        let place = || format!("credentials file {}", path.display());
        let (way, signing) = Self::of(&text, &path, account, http).with_context(place)?;
        Ok(Self { source: place(), way, signing })
    }

    fn of(
        text: &str,
        path: &Path,
        account: Option<String>,
        http: &Http,
    ) -> Result<(Way, Option<GcpSigningCredentialProvider>)> {
        // serde's message would quote the file.
        let Ok(json) = serde_json::from_str::<Value>(text) else { bail!("expected JSON") };
        match json.get("type").and_then(Value::as_str) {
            Some("service_account") => {
                let has =
                    |key: &str| json.get(key).and_then(Value::as_str).is_some_and(|value| !value.is_empty());
                ensure!(has("client_email"), "the file does not contain an email");
                ensure!(has("private_key"), "the file does not contain a private key");
                ensure!(has("private_key_id"), "the file does not contain `private_key_id`");
                Ok((Way::ServiceAccount(text.to_owned()), None))
            }
            Some("authorized_user") => Ok((Way::AuthorizedUser(path.to_owned()), account.map(signed_by))),
            Some("external_account") => {
                let federation = Federation::read(&json, http.client())?;
                let account = account.or_else(|| federation.account().map(str::to_owned));
                let signing = account.map_or_else(|| Arc::new(NoAccount) as _, signed_by);
                Ok((Way::Federation(Arc::new(Cached::new(STORE, federation))), Some(signing)))
            }
            Some(other) => bail!(
                "type {other} is not supported; expected service_account, external_account or authorized_user"
            ),
            None => bail!("`type` is missing; expected service_account, external_account or authorized_user"),
        }
    }

    pub(super) fn configure(&self, builder: GoogleCloudStorageBuilder) -> GoogleCloudStorageBuilder {
        let builder = match &self.way {
            Way::ServiceAccount(json) => builder.with_service_account_key(json),
            Way::AuthorizedUser(path) => builder.with_application_credentials(path.display().to_string()),
            Way::Federation(provider) => builder.with_credentials(Arc::clone(provider)),
            Way::MetadataServer => builder,
        };
        match &self.signing {
            Some(signing) => builder.with_signing_credentials(Arc::clone(signing)),
            None => builder,
        }
    }
}

/// Google signs URLs with the account's key.
fn signed_by(email: String) -> GcpSigningCredentialProvider {
    Arc::new(StaticCredentialProvider::new(GcpSigningCredential { email, private_key: None }))
}

#[derive(Debug)]
struct NoAccount;

#[async_trait::async_trait]
impl CredentialProvider for NoAccount {
    type Credential = GcpSigningCredential;

    async fn get_credential(&self) -> object_store::Result<Arc<GcpSigningCredential>> {
        let source =
            "an external account cannot sign URLs; set `serviceAccount` to the e-mail of an account that can"
                .into();
        Err(object_store::Error::Generic { store: STORE, source })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::HttpOptions;

    fn find(json: Option<&str>, account: Option<&str>) -> Result<Credentials, String> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), json.unwrap_or_default()).unwrap();
        let http = Http::new(HttpOptions::default()).unwrap();
        let path = json.map(|_| file.path());
        Credentials::find(path, account.map(str::to_owned), &http, &|_| None)
            .map_err(|error| error.to_string())
    }

    /// The types of the GCP plugin's tests, and the rest.
    #[test]
    fn types() {
        let account = r#"{"type": "service_account", "client_email": "a@b", "private_key": "k", "private_key_id": "1"}"#;
        assert!(matches!(find(Some(account), None).unwrap().way, Way::ServiceAccount(_)));
        let user =
            r#"{"type": "authorized_user", "client_id": "a", "client_secret": "b", "refresh_token": "c"}"#;
        assert!(matches!(find(Some(user), None).unwrap().way, Way::AuthorizedUser(_)));
        let external = r#"{"type": "external_account", "audience": "//iam", "token_url": "https://sts.googleapis.com/v1/token",
            "subject_token_type": "urn:ietf:params:oauth:token-type:jwt", "credential_source": {"file": "/token"}}"#;
        let external = find(Some(external), None).unwrap();
        assert!(matches!(external.way, Way::Federation(_)) && external.signing.is_some());
        let none = find(None, Some("a@b")).unwrap();
        assert!(matches!(none.way, Way::MetadataServer) && none.signing.is_some());
        assert!(find(None, None).unwrap().signing.is_none());
    }

    #[test]
    fn errors_name_the_file_and_what_is_missing() {
        for (json, expected) in [
            ("", "expected JSON"),
            ("{\"private_key\": \"hunter2\"", "expected JSON"),
            ("{}", "`type` is missing"),
            (r#"{"type": "gdch"}"#, "type gdch is not supported"),
            (
                r#"{"type": "service_account", "private_key": "hunter2"}"#,
                "the file does not contain an email",
            ),
            (
                r#"{"type": "service_account", "client_email": "a"}"#,
                "the file does not contain a private key",
            ),
            (r#"{"type": "external_account"}"#, "`token_url` is missing"),
        ] {
            let error = find(Some(json), None).err().unwrap();
            assert!(error.starts_with("credentials file /") && error.contains(expected), "{error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
        let http = Http::new(HttpOptions::default()).unwrap();
        let error =
            Credentials::find(Some(Path::new("/none")), None, &http, &|_| None).err().unwrap().to_string();
        assert!(error.starts_with("error reading provided credentials file /none: "), "{error}");
    }
}
