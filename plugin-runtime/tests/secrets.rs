//! Searches everything that a plugin's process writes for planted secrets, at each log level: its stderr, and the
//! responses. The plugin logs and returns all it receives.

mod support {
    pub(crate) mod example;
}

use std::fmt::Write as _;
use std::path::Path;

use plugwright::client::{Client, ClientBuilder, Level};
use plugwright::{Backup, Item, Restore};
use serde_json::{Value, json};
use support::example::example;

/// Parts of the planted texts, one for each place.
const CONFIG: &str = "hunter2-config";
const NESTED: &str = "hunter2-nested";
const FILE: &str = "hunter2-file";
const VARIABLE: &str = "hunter2-variable";
const ITEM: &str = "hunter2-item";
const BODY: &str = "hunter2-body";
const HOOK: &str = "hunter2-hook";
const ANNOTATION: &str = "hunter2-annotation";
/// The part that all have.
const SECRET: &str = "hunter2";

fn metadata() -> Value {
    let annotations = json!({"kubectl.kubernetes.io/last-applied-configuration": ANNOTATION});
    json!({"name": "one", "namespace": "velero", "annotations": annotations})
}

fn item() -> Item {
    Item::from_value(json!({
        "apiVersion": "v1", "kind": "Secret", "metadata": metadata(), "stringData": {"password": ITEM},
    }))
    .unwrap()
}

fn backup() -> Backup {
    let exec = json!({"exec": {"command": ["/bin/dump", HOOK]}});
    let hooks = json!({"resources": [{"name": "dump", "pre": [exec]}]});
    Backup::from_json(json!({"metadata": metadata(), "spec": {"hooks": hooks}}).to_string().as_bytes())
        .unwrap()
}

fn restore() -> Restore {
    let exec = json!({"exec": {"command": ["/bin/load", HOOK]}});
    let hooks = json!({"resources": [{"name": "load", "postHooks": [exec]}]});
    let spec = json!({"backupName": "one", "hooks": hooks});
    Restore::from_json(json!({"metadata": metadata(), "spec": spec}).to_string().as_bytes()).unwrap()
}

/// Starts the plugin with its stderr in this file, as the process writes it.
fn start(stderr: &Path, level: Level) -> ClientBuilder {
    let script = r#"exec "$0" "$@" 2>"$STDERR_FILE""#;
    Client::builder("/bin/sh")
        .args(["-c", script])
        .arg(example("secrets"))
        .args(["--log-level", &level.as_str().to_ascii_lowercase()])
        .env("STDERR_FILE", stderr)
        .env("AWS_SECRET_ACCESS_KEY", VARIABLE)
}

/// Calls everything, and returns the responses as text. All calls of `example.io/secrets` fail.
async fn call(client: &Client, credentials: &Path) -> String {
    let mut said = String::new();
    let mut note = |what: &dyn std::fmt::Debug, text: &dyn std::fmt::Display| {
        writeln!(said, "{what:?} {text}").unwrap();
    };
    let store = client.object_store("example.io/secrets");
    let nested = json!({"password": NESTED}).to_string();
    store
        .init([
            ("password", CONFIG),
            ("nested", nested.as_str()),
            ("timeout", "1x"),
            ("credentialsFile", credentials.to_str().unwrap()),
        ])
        .await
        .unwrap();
    store.put_object("b", "k", BODY.as_bytes()).await.unwrap();
    for key in ["missing", "typed", "parsed", "profile", "line", "panic", "bail"] {
        let error = store.object_exists("b", key).await.unwrap_err();
        note(&error, &error);
    }
    let error =
        client.backup_item_action("example.io/secrets").execute(&item(), &backup()).await.unwrap_err();
    note(&error, &error);
    let mut other = item();
    other.remove("/stringData").unwrap();
    other.set("/stringData", json!({"port": 1, "password": 2})).unwrap();
    let error = client.backup_item_action("example.io/secrets").execute(&other, &backup()).await.unwrap_err();
    note(&error, &error);
    let error =
        client.restore_item_action("example.io/secrets").execute(&item(), &restore()).await.unwrap_err();
    note(&error, &error);
    note(&client.stdio(), &"");
    said
}

#[tokio::test]
async fn planted_secrets_are_neither_logged_nor_returned() {
    let folder = tempfile::tempdir().unwrap();
    let credentials = folder.path().join("credentials");
    std::fs::write(&credentials, format!("[default]\naws_secret_access_key={FILE}\n")).unwrap();
    for level in [Level::TRACE, Level::DEBUG, Level::INFO, Level::WARN, Level::ERROR] {
        let stderr = folder.path().join(level.as_str());
        let builder = start(&stderr, level);
        assert!(!format!("{builder:?}").contains(SECRET));
        let client = builder.start().await.unwrap();
        let said = call(&client, &credentials).await;
        assert!(client.shutdown().await.unwrap().success());
        let logged = std::fs::read_to_string(&stderr).unwrap();
        for (what, text) in [("responses", &said), ("stderr", &logged)] {
            let found = text.lines().find(|line| line.contains(SECRET));
            assert!(found.is_none(), "{what} at {level}: {}", found.unwrap_or_default());
        }
        // The plugin did log what it received, by name.
        assert!(
            logged.contains("credentialsFile") && logged.contains("last-applied-configuration"),
            "{logged}"
        );
        assert_eq!(logged.contains("AWS_SECRET_ACCESS_KEY"), level == Level::TRACE);
        assert!(said.contains("Secret velero/one") && said.contains("/bin/dump"), "{said}");
        // The cookie only keeps users from starting a plugin. It is not logged either.
        assert!(!logged.contains("VELERO_PLUGIN=") && !logged.contains(r#""hello""#), "{logged}");
    }
}
