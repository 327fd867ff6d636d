//! The common behaviour of all three stores.

use std::time::Duration;

use crate::front::Front;
use crate::google::Google;
use crate::site::{Site, content, variable};
use crate::web;

const MEBIBYTE: usize = 1 << 20;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the servers of tests/run"]
async fn s3() {
    let front = Front::start(0).await;
    let site = Site::s3(&front.url, &[]).await;
    behaviour(&site, true).await;
    assert_eq!(crate::s3::open_uploads(&site.bucket).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the servers of tests/run"]
async fn s3_over_tls_with_a_private_authority() {
    let ca = std::fs::read_to_string(variable("TEST_S3_TLS_CA")).unwrap();
    let data = format!("{}-tls", variable("TEST_S3_DATA"));
    let site = Site::s3(&variable("TEST_S3_TLS"), &[("caCert", &ca)]).await;
    std::fs::create_dir(format!("{data}/{}", site.bucket)).unwrap();
    let body = content(20 * MEBIBYTE + 1);
    site.put("backups/a/a.tar.gz", &body).await;
    assert!(site.get("backups/a/a.tar.gz").await.unwrap() == body);
}

/// A static binary contains the resolver of its C library.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the servers of tests/run"]
async fn s3_by_name() {
    let site = Site::s3(&variable("TEST_S3").replace("127.0.0.1", "localhost"), &[]).await;
    site.put("key", b"content").await;
    assert_eq!(site.get("key").await.unwrap(), b"content");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the servers of tests/run"]
async fn google() {
    let google = Google::start().await;
    let site = Site::google(&google).await;
    behaviour(&site, false).await;
    assert_eq!(google.open_uploads(), 0);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the servers of tests/run"]
async fn azure() {
    let site = Site::azure(&[]).await;
    behaviour(&site, false).await;
}

/// Two locations of two clouds in one process, as in Velero.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the servers of tests/run"]
async fn two_clouds_in_one_process() {
    let (s3, azure) = (Site::s3(&variable("TEST_S3"), &[]).await, Site::azure(&[]).await);
    let of_s3 = azure.plugin.object_store("velero.io/aws");
    of_s3.init(s3.config.clone()).await.unwrap();
    let (a, b) = (content(13 * MEBIBYTE), content(14 * MEBIBYTE));
    let both = tokio::join!(
        of_s3.put_object(&s3.bucket, "key", &a[..]),
        azure.store.put_object(&azure.bucket, "key", &b[..]),
    );
    assert!(both.0.is_ok() && both.1.is_ok(), "{both:?}");
    assert!(s3.get("key").await.unwrap() == a && azure.get("key").await.unwrap() == b);
}

async fn behaviour(site: &Site, descending: bool) {
    contents(site).await;
    keys(site, descending).await;
    missing(site).await;
    // No server here checks Google's signatures.
    if !site.config.contains_key("storeEndpoint") {
        signed_url(site, "signed/a b ä/1").await;
    }
    for record in site.plugin.take_logs() {
        let text = format!("{record:?}");
        assert!(!text.contains("plugwright-secret") && !text.contains("Eby8vdM"), "{text}");
    }
}

/// Sizes around those of a part.
async fn contents(site: &Site) {
    for size in [1, MEBIBYTE, MEBIBYTE + 1, 6 * MEBIBYTE, 6 * MEBIBYTE + 1, 25 * MEBIBYTE + 7] {
        let body = content(size);
        site.put("contents/object", &body).await;
        assert!(site.get("contents/object").await.unwrap() == body, "{size}");
    }
    site.put("contents/object", b"replaced").await;
    assert_eq!(site.get("contents/object").await.unwrap(), b"replaced");
    site.store.delete_object(&site.bucket, "contents/object").await.unwrap();
    assert_eq!(site.keys("contents/").await, [] as [&str; 0]);
}

async fn keys(site: &Site, descending: bool) {
    let keys = ["list/a/1", "list/a/2", "list/ab/1", "list/b ä+%20&=?#/1", "list/c"];
    for key in keys {
        site.put(key, key.as_bytes()).await;
        assert_eq!(site.get(key).await.unwrap(), key.as_bytes());
        assert!(site.store.object_exists(&site.bucket, key).await.unwrap(), "{key}");
    }
    let mut expected = keys.to_vec();
    let ordered = |mut keys: Vec<&'static str>| {
        if descending {
            keys.reverse();
        }
        keys
    };
    assert_eq!(site.keys("list/").await, ordered(expected.clone()));
    // A prefix is not a folder.
    expected.truncate(3);
    assert_eq!(site.keys("list/a").await, ordered(expected));
    assert_eq!(site.keys("list/none").await, [] as [&str; 0]);
    let prefixes = async |prefix| site.store.list_common_prefixes(&site.bucket, prefix, "/").await.unwrap();
    assert_eq!(prefixes("list/").await, ["list/a/", "list/ab/", "list/b ä+%20&=?#/"]);
    assert_eq!(prefixes("list/a").await, ["list/a/", "list/ab/"]);
    assert_eq!(prefixes("").await, ["list/"]);
    for key in keys {
        site.store.delete_object(&site.bucket, key).await.unwrap();
        assert!(!site.store.object_exists(&site.bucket, key).await.unwrap(), "{key}");
    }
    assert_eq!(site.keys("").await, [] as [&str; 0]);
}

async fn missing(site: &Site) {
    assert!(!site.store.object_exists(&site.bucket, "none").await.unwrap());
    site.store.delete_object(&site.bucket, "none").await.unwrap();
    let error = site.get("none").await.unwrap_err();
    assert!(error.contains("error getting object none: ") && error.contains(&site.bucket), "{error}");

    let body = content(12 * MEBIBYTE);
    let error = site.store.put_object("no-such-bucket", "key", &body[..]).await.unwrap_err().to_string();
    assert!(
        error.contains("error putting object key: ") && error.contains("no-such-bucket does not exist"),
        "{error}"
    );
    let error = site.store.list_objects("no-such-bucket", "").await.unwrap_err().to_string();
    assert!(error.contains("no-such-bucket does not exist"), "{error}");
    let error = site.store.delete_object("no-such-bucket", "key").await.unwrap_err().to_string();
    assert!(error.contains("no-such-bucket does not exist"), "{error}");
    assert!(!site.store.object_exists("no-such-bucket", "key").await.unwrap());
}

async fn signed_url(site: &Site, key: &str) {
    let client = web::client();
    site.put(key, b"content").await;
    let url = site.store.create_signed_url(&site.bucket, key, Duration::from_secs(600)).await.unwrap();
    let get = async |url: &str| client.get(url).send().await.unwrap();
    let response = get(&url).await;
    assert_eq!(response.status(), 200, "{url}");
    assert_eq!(response.bytes().await.unwrap(), "content");
    // Only for reading this object.
    assert_eq!(get(&url.replace("signed", "other")).await.status(), 403, "{url}");
    assert_eq!(client.delete(&url).send().await.unwrap().status(), 403, "{url}");
    assert_eq!(site.get(key).await.unwrap(), b"content");
    site.store.delete_object(&site.bucket, key).await.unwrap();
}
