//! The keys of a storage account, from the Azure Resource Manager.

use std::time::Duration;

use object_store::azure::{AzureAccessKey, AzureCredential};
use object_store::client::{HttpClient, HttpRequestBody};
use serde::Deserialize;

use super::credentials::Identity;
use crate::failure::Failure;
use crate::token::{Fetch, access_token, form, read_token, request};

const VERSION: &str = "2023-01-01";

const METADATA: &str = "http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01";

/// The time after which a key is read again.
const VALID: Duration = Duration::from_secs(3600);

pub(super) struct Account {
    pub(super) subscription: String,
    pub(super) group: String,
    pub(super) name: String,
}

pub(super) struct ListKeys {
    pub(super) http: HttpClient,
    pub(super) manager: &'static str,
    pub(super) identity: Identity,
    pub(super) authority: String,
    pub(super) account: Account,
}

#[derive(Deserialize)]
struct Keys {
    keys: Vec<Key>,
}

#[derive(Deserialize)]
struct Key {
    value: String,
    permissions: String,
}

impl ListKeys {
    async fn token(&self) -> Result<String, Failure> {
        let url = |tenant: &str| format!("{}/{tenant}/oauth2/v2.0/token", self.authority);
        let scope = format!("{}/.default", self.manager);
        let asked = match &self.identity {
            Identity::Secret { tenant, client, secret } => form(
                &url(tenant),
                &[
                    ("grant_type", "client_credentials"),
                    ("client_id", client),
                    ("client_secret", secret),
                    ("scope", &scope),
                ],
            )?,
            Identity::Federated { tenant, client, file } => {
                let assertion = read_token(file)?;
                form(
                    &url(tenant),
                    &[
                        ("grant_type", "client_credentials"),
                        ("client_id", client),
                        ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
                        ("client_assertion", assertion.trim()),
                        ("scope", &scope),
                    ],
                )?
            }
            Identity::Managed { client } => {
                let resource = format!("{METADATA}&resource={}", self.manager);
                let url = client
                    .as_ref()
                    .map_or(resource.clone(), |client| format!("{resource}&client_id={client}"));
                let asked = http::Request::get(url).header("metadata", "true").body(HttpRequestBody::empty());
                asked.map_err(|error| Failure::msg(error.to_string()))?
            }
        };
        access_token(&request(&self.http, asked).await?)
    }
}

#[async_trait::async_trait]
impl Fetch for ListKeys {
    type Credential = AzureCredential;

    async fn fetch(&self) -> Result<(AzureCredential, Duration), Failure> {
        let named = |failure: Failure| failure.context("failed to get storage account access key");
        let token = self.token().await.map_err(named)?;
        let Account { subscription, group, name } = &self.account;
        let url = format!(
            "{}/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Storage/storageAccounts/{name}/listKeys\
             ?api-version={VERSION}",
            self.manager
        );
        let asked = http::Request::post(url)
            .header("authorization", format!("Bearer {token}"))
            .header("content-length", "0")
            .body(HttpRequestBody::empty());
        let asked = asked.map_err(|error| named(Failure::msg(error.to_string())))?;
        let body = request(&self.http, asked).await.map_err(named)?;
        let Ok(Keys { keys }) = serde_json::from_str(&body) else {
            return Err(named(Failure::msg("the response is not valid")));
        };
        let full = keys.iter().find(|key| key.permissions.eq_ignore_ascii_case("full"));
        let full = full.ok_or_else(|| named(Failure::msg("the account has no key with full permissions")))?;
        let key =
            AzureAccessKey::try_new(&full.value).map_err(|_| named(Failure::msg("the key is not base64")))?;
        Ok((AzureCredential::AccessKey(key), VALID))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::canned::Canned;

    async fn fetch(
        identity: Identity,
        responses: &[(u16, &str)],
    ) -> (Result<AzureCredential, String>, Vec<String>) {
        let manager = Canned::new(responses);
        let keys = ListKeys {
            http: manager.client(),
            manager: "https://management.azure.com",
            identity,
            authority: "https://login.microsoftonline.com".into(),
            account: Account { subscription: "s".into(), group: "g".into(), name: "acc".into() },
        };
        let fetched =
            keys.fetch().await.map(|(credential, _)| credential).map_err(|failure| failure.to_string());
        let asked = manager.asked().iter().map(|asked| format!("{} {}", asked.uri, asked.body)).collect();
        (fetched, asked)
    }

    const TOKEN: (u16, &str) = (200, r#"{"access_token": "bearer"}"#);
    const KEYS: (u16, &str) = (
        200,
        r#"{"keys": [{"keyName": "key1", "value": "cmVhZA==", "permissions": "READ"},
                     {"keyName": "key2", "value": "a2V5", "permissions": "Full"}]}"#,
    );

    #[tokio::test]
    async fn the_first_key_with_full_permissions() {
        let secret = Identity::Secret { tenant: "t".into(), client: "c".into(), secret: "hunter2".into() };
        let (fetched, asked) = fetch(secret, &[TOKEN, KEYS]).await;
        assert!(fetched == Ok(AzureCredential::AccessKey(AzureAccessKey::try_new("a2V5").unwrap())));
        assert!(asked[0].starts_with("https://login.microsoftonline.com/t/oauth2/v2.0/token grant_type="));
        assert!(
            asked[1].contains("/subscriptions/s/resourceGroups/g/")
                && asked[1].contains("/acc/listKeys?api-version")
        );
    }

    #[tokio::test]
    async fn a_managed_identity_asks_the_metadata_server() {
        let (fetched, asked) = fetch(Identity::Managed { client: Some("c".into()) }, &[TOKEN, KEYS]).await;
        assert!(fetched.is_ok());
        assert!(
            asked[0].starts_with("http://169.254.169.254/") && asked[0].contains("client_id=c"),
            "{asked:?}"
        );
    }

    #[tokio::test]
    async fn errors_say_what_was_asked_for() {
        let denied = (403, r#"{"error": {"code": "AuthorizationFailed", "message": "no permission"}}"#);
        let (fetched, _) = fetch(Identity::Managed { client: None }, &[TOKEN, denied]).await;
        let error = fetched.err().unwrap();
        assert_eq!(error, "AuthorizationFailed: failed to get storage account access key: no permission");
    }
}
