//! Five defects of the Go plugins. `tests/run defects` runs each test with them, where it must fail, and with this plugin.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::AsyncReadExt as _;

use crate::front::Front;
use crate::google::Google;
use crate::site::{Site, content, new_bucket, variable};
use crate::web::{self, Request, Response};
use crate::{front, s3};

const MEBIBYTE: usize = 1 << 20;

/// The parts of an upload that S3 accepts.
const PARTS: u64 = 10_000;

/// Velero issue 10543: several stores reject framed bodies. The Go plugin frames parts even without a checksum algorithm.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the servers of tests/run"]
async fn aws_frames_parts() {
    let front = Front::start_tls().await;
    let ca = std::fs::read_to_string(variable("TEST_S3_TLS_CA")).unwrap();
    let site = Site::s3(&front.url, &[("caCert", &ca), ("checksumAlgorithm", "")]).await;
    let body = content(13 * MEBIBYTE);
    let put = site.store.put_object(&site.bucket, "key", &body[..]).await;
    assert!(put.is_ok(), "the put reports {:?}, the store rejected {:#?}", put, front.complaints());
    assert!(site.get("key").await.unwrap() == body);
}

/// Velero issue 9951: other stores ignore the framing, and store it.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the servers of tests/run"]
async fn aws_stores_framing() {
    let url = front::without_framing().await;
    let ca = std::fs::read_to_string(variable("TEST_S3_TLS_CA")).unwrap();
    let site = Site::s3(&url, &[("caCert", &ca)]).await;
    for (key, size) in [("small", MEBIBYTE), ("large", 13 * MEBIBYTE)] {
        let body = content(size);
        site.put(key, &body).await;
        let stored = std::fs::read(format!("{}/{}/{key}", variable("TEST_S3_DATA"), site.bucket)).unwrap();
        let first = String::from_utf8_lossy(&stored[..16]).into_owned();
        assert!(
            stored == body,
            "{key}: {} bytes are stored as {}, which begin with {first:?}",
            body.len(),
            stored.len()
        );
    }
}

/// Equal parts of 5 MiB end at 48.8 GiB. The test sends somewhat more than a tenth of the parts, and continues their sizes.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the servers of tests/run"]
async fn aws_ends_at_48_gib() {
    let (store, sizes) = Discarding::start().await;
    let (config, _files) = Site::s3_config(&store, "bucket", &[]);
    let plugin = crate::site::plugin().start().await.unwrap();
    let store = plugin.object_store("velero.io/aws");
    store.init(config).await.unwrap();
    let tenth = PARTS / 10;
    let enough = async {
        while !sizes.lock().unwrap().contains_key(&(tenth + 1)) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::select! {
        put = store.put_object("bucket", "key", tokio::io::repeat(b'x')) => panic!("an endless upload ended: {put:?}"),
        () = enough => {}
    }
    let sizes = sizes.lock().unwrap().clone();
    let (first, next) = (sizes[&1], sizes[&(tenth + 1)]);
    assert!((1..=tenth).all(|number| sizes[&number] == first), "the parts of the first tenth differ");
    let capacity: u64 = (0..10).map(|of| tenth * first * (next / first).pow(of)).sum();
    assert!(
        capacity >= 5 << 40,
        "part 1 has {first} bytes, part {} {next}: {PARTS} parts end at {} GiB",
        tenth + 1,
        capacity >> 30
    );
}

/// A store that counts the bytes of parts.
struct Discarding;

impl Discarding {
    /// Returns its URL, and the sizes by part number.
    async fn start() -> (String, Arc<Mutex<BTreeMap<u64, u64>>>) {
        let sizes = Arc::new(Mutex::new(BTreeMap::new()));
        let of_handler = Arc::clone(&sizes);
        let answer = move |request: Request| {
            let number = request.parameter("partNumber").and_then(|number| number.parse().ok());
            if let Some(number) = number {
                of_handler.lock().unwrap().insert(number, request.body.len() as u64);
                return Response::new(200, "").with("etag", "\"part\"");
            }
            let result = "InitiateMultipartUploadResult";
            Response::new(200, format!("<{result}><UploadId>upload</UploadId></{result}>"))
        };
        let address = web::serve(move |request| {
            let response = answer(request);
            async move { Some(response) }
        })
        .await;
        (format!("http://{address}"), sizes)
    }
}

/// With SSE-C, the key of one location must not sign the URLs of the next: the store would reject them.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the servers of tests/run"]
async fn aws_keeps_a_customers_key() {
    let key = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(key.path(), "k".repeat(32)).unwrap();
    let site =
        Site::s3(&variable("TEST_S3"), &[("customerKeyEncryptionFile", key.path().to_str().unwrap())]).await;
    let url = async |bucket: &str| {
        site.store.create_signed_url(bucket, "key", Duration::from_secs(600)).await.unwrap()
    };
    assert!(url(&site.bucket).await.contains("x-amz-server-side-encryption-customer-key"));
    let other = new_bucket();
    s3::make_bucket(&other);
    let (config, _files) = Site::s3_config(&variable("TEST_S3"), &other, &[]);
    site.store.init(config).await.unwrap();
    let signed = url(&other).await;
    assert!(!signed.contains("customer"), "a location without a key has the URL {signed}");
}

/// Velero exits during an upload: the incomplete object must not be stored.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the servers of tests/run"]
async fn gcp_commits_a_broken_body() {
    let google = Google::start().await;
    let site = Site::google(&google).await;
    let (store, bucket) = (site.store.clone(), site.bucket.clone());
    let put = tokio::spawn(async move {
        let body = content(3 * MEBIBYTE);
        store.put_object(&bucket, "backups/a/a.tar.gz", body.chain(crate::killed::Pending)).await
    });
    tokio::time::sleep(Duration::from_millis(500)).await;
    put.abort();
    // The plugin has several seconds to commit it.
    for _ in 0..60 {
        tokio::time::sleep(Duration::from_millis(50)).await;
        let keys = site.keys("").await;
        if !keys.is_empty() {
            let stored = site.get(&keys[0]).await.unwrap().len();
            panic!("the body broke, and {} is stored with {stored} bytes", keys[0]);
        }
    }
}
