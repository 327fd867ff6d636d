//! Credentials from services, which these tests play.

use plugwright::client::ClientBuilder;

use crate::site::{self, Site, variable};
use crate::web::{self, Response};

const EXPIRATION: &str = "2099-01-01T00:00:00Z";

/// Puts an object with the credentials of this environment alone. versitygw refuses session tokens, so the store is
/// also played by the test. The log contains the source of the credentials.
async fn works(plugin: ClientBuilder, source: &str) {
    let store = web::serve(|request| async move {
        let key =
            request.header("authorization").is_some_and(|value| value.contains("Credential=plugwright/"));
        let accepted = key && request.header("x-amz-security-token") == Some("session");
        Some(Response::new(if accepted { 200 } else { 403 }, "").with("etag", "\"etag\""))
    })
    .await;
    let (mut config, _files) = Site::s3_config(&format!("http://{store}"), "bucket", &[]);
    config.remove("credentialsFile");
    let plugin = plugin.start().await.unwrap();
    let store = plugin.object_store("velero.io/aws");
    store.init(config).await.unwrap();
    store.put_object("bucket", "key", &b"content"[..]).await.unwrap();
    let logs = format!("{:?}", plugin.take_logs());
    assert!(logs.contains(source) && !logs.contains("plugwright-secret"), "{logs}");
}

fn json() -> String {
    serde_json::json!({
        "Code": "Success", "Type": "AWS-HMAC", "LastUpdated": "2026-01-01T00:00:00Z", "Expiration": EXPIRATION,
        "AccessKeyId": "plugwright", "SecretAccessKey": "plugwright-secret", "Token": "session",
    })
    .to_string()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the servers of tests/run"]
async fn metadata_server() {
    let server = web::serve(|request| async move {
        let with_token = request.header("x-aws-ec2-metadata-token") == Some("of-version-2");
        Some(match (request.method.as_str(), request.target.as_str()) {
            ("PUT", "/latest/api/token") => Response::new(200, "of-version-2"),
            ("GET", "/latest/meta-data/iam/security-credentials/") if with_token => {
                Response::new(200, "role")
            }
            ("GET", "/latest/meta-data/iam/security-credentials/role") if with_token => {
                Response::new(200, json())
            }
            _ => Response::new(401, ""),
        })
    })
    .await;
    let plugin = site::plugin().env_remove("AWS_EC2_METADATA_DISABLED");
    let plugin = plugin.env("AWS_EC2_METADATA_SERVICE_ENDPOINT", format!("http://{server}"));
    works(plugin, "the instance's metadata server").await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the servers of tests/run"]
async fn pod_identity() {
    let server = web::serve(|request| async move {
        let allowed = request.header("authorization") == Some("token-of-the-pod");
        Some(if allowed { Response::new(200, json()) } else { Response::new(403, "") })
    })
    .await;
    let token = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(token.path(), "token-of-the-pod").unwrap();
    let plugin =
        site::plugin().env("AWS_CONTAINER_CREDENTIALS_FULL_URI", format!("http://{server}/v1/credentials"));
    works(plugin.env("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", token.path()), "EKS Pod Identity").await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the servers of tests/run"]
async fn web_identity() {
    let server = web::serve(|request| async move {
        let token = request.parameter("WebIdentityToken");
        let body = String::from_utf8_lossy(&request.body).into_owned();
        if token.as_deref() != Some("token-of-the-pod") && !body.contains("WebIdentityToken=token-of-the-pod") {
            return Some(Response::new(403, "<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>"));
        }
        let credentials = format!(
            "<Credentials><AccessKeyId>plugwright</AccessKeyId><SecretAccessKey>plugwright-secret</SecretAccessKey>\
             <SessionToken>session</SessionToken><Expiration>{EXPIRATION}</Expiration></Credentials>"
        );
        let (response, result) = ("AssumeRoleWithWebIdentityResponse", "AssumeRoleWithWebIdentityResult");
        Some(Response::new(200, format!("<{response}><{result}>{credentials}</{result}></{response}>")))
    })
    .await;
    let token = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(token.path(), "token-of-the-pod").unwrap();
    let plugin = || {
        let plugin = site::plugin().env("AWS_WEB_IDENTITY_TOKEN_FILE", token.path());
        let plugin = plugin.env("AWS_ROLE_ARN", "arn:aws:iam::1:role/velero");
        plugin.env("AWS_ENDPOINT_URL_STS", format!("http://{server}"))
    };
    works(plugin(), "AWS_WEB_IDENTITY_TOKEN_FILE of the environment, role arn:aws:iam::1:role/velero").await;

    // The error contains the failed source, and no other is tried.
    std::fs::write(token.path(), "wrong").unwrap();
    let (mut config, _files) = Site::s3_config(&variable("TEST_S3"), "bucket", &[]);
    config.remove("credentialsFile");
    let plugin = plugin().start().await.unwrap();
    let store = plugin.object_store("velero.io/aws");
    store.init(config).await.unwrap();
    let error = store.list_objects("bucket", "").await.unwrap_err().to_string();
    assert!(error.contains("no credentials from AWS_WEB_IDENTITY_TOKEN_FILE"), "{error}");
    assert!(error.contains("AccessDenied") && !error.contains("WebIdentityToken=wrong"), "{error}");
}
