//! Planted credentials are neither in the log at level `trace` nor in an error. The test plays the stores.

use std::collections::BTreeMap;
use std::time::Duration;

use plugwright::client::Level;
use tempfile::TempDir;

use crate::site::{self, Site};
use crate::web::{self, Response};

/// 32 bytes, as a key of a customer has.
const KEY: &str = "hunter2-hunter2-hunter2-hunter2-";
/// The same as base64, as an account of Azure has its key, and as a key of a customer is sent.
const ENCODED: &str = "aHVudGVyMi1odW50ZXIyLWh1bnRlcjItaHVudGVyMi0=";

/// Makes every call, and returns the log, and the errors.
async fn everything(provider: &str, config: BTreeMap<String, String>) -> String {
    let plugin = site::plugin().log_level(Level::TRACE).env("PLANTED_KEY", ENCODED);
    let plugin = plugin.env("AWS_SESSION_TOKEN", KEY).start().await.unwrap();
    let store = plugin.object_store(provider);
    let answers = [
        format!("{:?}", store.init(config).await),
        format!("{:?}", store.put_object("bucket", "key", &b"content"[..]).await),
        format!("{:?}", store.object_exists("bucket", "key").await),
        format!("{:?}", store.get_object("bucket", "key").await.map(|_| ())),
        format!("{:?}", store.list_objects("bucket", "").await),
        format!("{:?}", store.delete_object("bucket", "key").await),
    ];
    let url = store.create_signed_url("bucket", "key", Duration::from_secs(60)).await;
    let logs = format!("{:#?}", plugin.take_logs());
    // Whoever has the URL may read the object.
    if let Ok(url) = &url {
        let signature =
            ["X-Amz-Signature=", "sig=", "X-Goog-Signature="].iter().find_map(|name| url.split_once(name));
        let (_, signature) = signature.expect("a signature");
        let signature = signature.split('&').next().unwrap();
        assert!(signature.len() > 20 && !logs.contains(signature), "{logs}");
    }
    format!("{}\n{:?}\n{logs}", answers.join("\n"), url.map(|_| ()))
}

fn hidden(said: &str) {
    for secret in ["hunter2", &ENCODED[..10], "aHVudGVyM", "BEGIN PRIVATE"] {
        let found = said.lines().find(|line| line.contains(secret));
        assert!(found.is_none(), "{}", found.unwrap_or_default());
    }
}

/// A store that refuses everything.
async fn refusing() -> String {
    let body = "<Error><Code>AccessDenied</Code><Message>no</Message></Error>";
    let store = web::serve(move |_| async move { Some(Response::new(403, body)) }).await;
    format!("http://{store}")
}

fn config<const N: usize>(settings: [(&str, &str); N]) -> BTreeMap<String, String> {
    settings.map(|(key, value)| (key.to_owned(), value.to_owned())).into()
}

#[tokio::test(flavor = "multi_thread")]
async fn planted_credentials_of_aws() {
    let (mut config, files) = Site::s3_config(&refusing().await, "bucket", &[]);
    let path = files.path().join("cloud");
    let profile = format!(
        "[default]\naws_access_key_id=plugwright\naws_secret_access_key={KEY}\naws_session_token={KEY}\n"
    );
    std::fs::write(&path, &profile).unwrap();
    let key = files.path().join("customer-key");
    std::fs::write(&key, KEY).unwrap();
    config.insert("customerKeyEncryptionFile".into(), key.to_str().unwrap().into());
    let said = everything("velero.io/aws", config.clone()).await;
    assert!(said.contains("AccessDenied"), "{said}");
    hidden(&said);
    // A file that is not a profile, and a key that is too long.
    std::fs::write(&path, profile.replace('=', ": ")).unwrap();
    hidden(&everything("velero.io/aws", config.clone()).await);
    std::fs::write(&path, profile).unwrap();
    std::fs::write(&key, format!("{KEY}{KEY}")).unwrap();
    hidden(&everything("velero.io/aws", config).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn planted_credentials_of_azure() {
    let files = TempDir::new().unwrap();
    let path = files.path().join("cloud");
    let url = format!("{}/account", refusing().await);
    for key in [ENCODED.to_owned(), format!("{KEY}!")] {
        let text = format!("AZURE_STORAGE_ACCOUNT_ACCESS_KEY={key}\nAZURE_CLIENT_SECRET={KEY}\n");
        std::fs::write(&path, text).unwrap();
        let config = config([
            ("bucket", "bucket"),
            ("storageAccount", "account"),
            ("storageAccountURI", &url),
            ("storageAccountKeyEnvVar", "AZURE_STORAGE_ACCOUNT_ACCESS_KEY"),
            ("credentialsFile", path.to_str().unwrap()),
        ]);
        hidden(&everything("velero.io/azure", config).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn planted_credentials_of_gcp() {
    let files = TempDir::new().unwrap();
    let path = files.path().join("cloud");
    let url = refusing().await;
    let key = format!("-----BEGIN PRIVATE KEY-----\n{ENCODED}\n-----END PRIVATE KEY-----\n");
    let account = serde_json::json!({
        "type": "service_account", "client_email": "velero@example.iam.gserviceaccount.com", "private_key_id": "1",
        "private_key": key,
    });
    for text in [account.to_string(), format!("{{\"private_key\": \"{KEY}")] {
        std::fs::write(&path, text).unwrap();
        let config = config([
            ("bucket", "bucket"),
            ("storeEndpoint", &url),
            ("credentialsFile", path.to_str().unwrap()),
        ]);
        hidden(&everything("velero.io/gcp", config).await);
    }
}
