//! The messages, each from a real server.

use std::collections::BTreeMap;

use crate::google::Google;
use crate::site::{self, Config, Site, new_bucket, variable};
use crate::{s3, web};

/// Configures S3 and puts an object.
async fn s3_error(url: &str, settings: &[(&str, &str)], credentials: Option<&str>) -> String {
    let bucket = new_bucket();
    s3::make_bucket(&bucket);
    let (config, files) = Site::s3_config(url, &bucket, settings);
    if let Some(credentials) = credentials {
        std::fs::write(files.path().join("cloud"), credentials).unwrap();
    }
    error_of("velero.io/aws", &config, &[]).await
}

/// The error of Init, or otherwise of a put. No message contains a secret.
async fn error_of(provider: &str, config: &Config, env: &[(&str, &str)]) -> String {
    let plugin = env.iter().fold(site::plugin(), |plugin, (key, value)| plugin.env(*key, *value));
    let plugin = plugin.start().await.unwrap();
    let store = plugin.object_store(provider);
    let error = match store.init(config.clone()).await {
        Err(error) => error.to_string(),
        Ok(()) => store.put_object(&config["bucket"], "key", &b"content"[..]).await.unwrap_err().to_string(),
    };
    let said = format!("{error} {:?}", plugin.take_logs());
    for secret in ["plugwright-secret", "wrong-secret", "session-token-of-tests"] {
        assert!(!said.contains(secret), "{said}");
    }
    error
}

fn assert_says(error: &str, texts: &[&str]) {
    for text in texts {
        assert!(error.contains(text), "expected {text:?} in: {error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the servers of tests/run"]
async fn s3_credentials() {
    let url = variable("TEST_S3");
    let wrong = "[default]\naws_access_key_id=plugwright\naws_secret_access_key=wrong-secret\n";
    let error = s3_error(&url, &[], Some(wrong)).await;
    assert_says(
        &error,
        &["does not accept the credentials from profile default of /", "SignatureDoesNotMatch"],
    );
    let unknown = "[default]\naws_access_key_id=nobody\naws_secret_access_key=wrong-secret\n";
    let error = s3_error(&url, &[], Some(unknown)).await;
    assert_says(&error, &["does not accept the credentials from profile default of /", "No user exists"]);
    let process = "[default]\ncredential_process=/bin/x\n";
    assert_says(&s3_error(&url, &[], Some(process)).await, &["credential_process is not supported; use "]);
    let error = s3_error(&url, &[("profile", "other")], None).await;
    assert_says(&error, &["profile `other` is missing; the file has: default"]);
    let error = s3_error(&url, &[("credentialsFile", "/none")], None).await;
    assert_says(&error, &["error reading the credentials file /none"]);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the servers of tests/run"]
async fn s3_region() {
    let error = s3_error(&variable("TEST_S3"), &[("region", "eu-west-1")], None).await;
    assert_says(
        &error,
        &["is in region us-east-1, and the request is for eu-west-1; set `region: us-east-1`"],
    );
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the servers of tests/run"]
async fn configuration() {
    let url = variable("TEST_S3");
    for (settings, expected) in [
        (&[("nmae", "x")][..], "nmae"),
        (&[("s3ForcePathStyle", "maybe")], "`s3ForcePathStyle`: expected `true` or `false`, found \"maybe\""),
        (
            &[("s3Url", "httpd://foo")],
            "`s3Url`: expected a URL that starts with http:// or https://, found \"httpd://foo\"",
        ),
        (&[("checksumAlgorithm", "sha256")], "invalid checksum algorithm: \"sha256\""),
        (&[("tagging", "a=b&c")], "`tagging` has \"c\""),
        (&[("caCert", "no PEM")], "`caCert`"),
        (&[("uploadPartSize", "1Mi")], "the size of a part is 1048576 bytes"),
        (&[("storageAccount", "of another provider")], "storageAccount"),
    ] {
        assert_says(&s3_error(&url, settings, None).await, &[expected]);
    }
    let none = BTreeMap::from([("bucket".to_owned(), "b".to_owned())]);
    assert_says(&error_of("velero.io/azure", &none, &[]).await, &["storageAccount is required in BSL"]);
    let error = error_of("velero.io/gcp", &none, &[("GOOGLE_APPLICATION_CREDENTIALS", "/none")]).await;
    assert_says(&error, &["error reading provided credentials file /none"]);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the servers of tests/run"]
async fn s3_network() {
    let tls = variable("TEST_S3_TLS");
    let error = s3_error(&tls, &[], None).await;
    assert_says(&error, &["is of an unknown authority; set `caCert`", &tls]);
    let plain = tls.replace("https:", "http:");
    let error = s3_error(&plain, &[], None).await;
    assert_says(&error, &["error putting object key: "]);
    let https = variable("TEST_S3").replace("http:", "https:");
    assert_says(&s3_error(&https, &[], None).await, &["TLS with https://127.0.0.1:"]);
    assert_says(
        &s3_error("http://127.0.0.1:1", &[], None).await,
        &["http://127.0.0.1:1 cannot be reached; correct `s3Url`"],
    );
    let unknown = "http://store.invalid";
    assert_says(&s3_error(unknown, &[], None).await, &["http://store.invalid cannot be reached", "lookup"]);
    // A server of another kind.
    let page =
        web::serve(|_| async { Some(web::Response::new(404, "<html><title>Not Found</title></html>")) })
            .await;
    let error = s3_error(&format!("http://{page}"), &[], None).await;
    assert_says(&error, &["does not answer as such a store; correct `s3Url`"]);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the servers of tests/run"]
async fn a_proxy_that_refuses() {
    let proxy = web::serve(|_| async { Some(web::Response::new(407, "")) }).await;
    let bucket = new_bucket();
    let (config, _files) = Site::s3_config("http://store.example.com", &bucket, &[]);
    let error = error_of("velero.io/aws", &config, &[("HTTP_PROXY", &format!("http://{proxy}"))]).await;
    assert_says(&error, &["the proxy refused the request; correct HTTPS_PROXY"]);
    let (config, _files) = Site::s3_config("https://store.example.com", &bucket, &[]);
    let error = error_of("velero.io/aws", &config, &[("HTTPS_PROXY", &format!("http://{proxy}"))]).await;
    assert_says(&error, &["the proxy refused the request; correct HTTPS_PROXY"]);
}

/// Codes of AWS that versitygw does not return.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the servers of tests/run"]
async fn codes_of_aws() {
    for (status, code, expected) in [
        (403, "RequestTimeTooSkewed", "correct the node's clock"),
        (400, "ExpiredToken", "have expired; renew them"),
        (403, "AccessDenied", "lack the permission s3:PutObject on bucket"),
    ] {
        let server = web::serve(move |_| async move {
            Some(web::Response::new(
                status,
                format!("<Error><Code>{code}</Code><Message>m</Message></Error>"),
            ))
        })
        .await;
        let token = "[default]\naws_access_key_id=a\naws_secret_access_key=wrong-secret\naws_session_token=session-token-of-tests\n";
        let error = s3_error(&format!("http://{server}"), &[], Some(token)).await;
        assert_says(&error, &[expected, code]);
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the servers of tests/run"]
async fn azure_credentials() {
    let site = Site::azure(&[]).await;
    let files = tempfile::TempDir::new().unwrap();
    let path = files.path().join("cloud");
    std::fs::write(&path, "KEY=d3Jvbmctc2VjcmV0\n").unwrap();
    let mut config = site.config.clone();
    config.extend([
        ("credentialsFile".to_owned(), path.to_str().unwrap().to_owned()),
        ("storageAccountKeyEnvVar".to_owned(), "KEY".to_owned()),
    ]);
    let error = error_of("velero.io/azure", &config, &[]).await;
    assert_says(&error, &["does not accept the credentials from KEY of credentials file /"]);
    std::fs::write(&path, "AZURE_CLIENT_CERTIFICATE_PATH=/cert\n").unwrap();
    config.remove("storageAccountKeyEnvVar");
    let error = error_of("velero.io/azure", &config, &[]).await;
    assert_says(&error, &["AZURE_CLIENT_CERTIFICATE_PATH of credentials file /", "is not supported; use "]);
}

/// The key of Google's KMS is only in requests that create an object.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the servers of tests/run"]
async fn googles_kms_key() {
    let google = Google::start().await;
    let site = Site::google(&google).await;
    let name = "projects/p/locations/l/keyRings/r/cryptoKeys/k";
    let mut config = site.config.clone();
    config.insert("kmsKeyName".to_owned(), name.to_owned());
    site.store.init(config).await.unwrap();
    site.put("small", b"content").await;
    site.put("large", &site::content(13 << 20)).await;
    let with_key = |request: &web::Request| request.header("x-goog-encryption-kms-key-name") == Some(name);
    let made: Vec<_> = google.requests().into_iter().filter(with_key).collect();
    assert_eq!(made.len(), 2, "{:?}", made.iter().map(|request| &request.target).collect::<Vec<_>>());
}
