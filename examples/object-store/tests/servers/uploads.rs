//! Disturbed uploads and downloads.

use tokio::io::AsyncReadExt as _;

use crate::front::Front;
use crate::site::{Site, content, variable};
use crate::{s3, web};

const MEBIBYTE: usize = 1 << 20;

/// A quarter of all requests fails in one of four ways, and everything succeeds.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the servers of tests/run"]
async fn broken_connections() {
    let front = Front::start(0).await;
    let site = Site::s3(&front.url, &[]).await;
    front.set_failing(25);
    for round in 0..6 {
        let (key, body) = (format!("backups/{round}"), content(20 * MEBIBYTE + round));
        site.put(&key, &body).await;
        assert!(site.get(&key).await.unwrap() == body, "{round}");
        assert!(site.store.object_exists(&site.bucket, &key).await.unwrap());
        assert_eq!(site.keys("backups/").await.len(), 1);
        site.store.delete_object(&site.bucket, &key).await.unwrap();
    }
    front.set_failing(0);
    let cuts = front.cuts();
    assert_eq!(cuts.len(), 4, "{cuts:?}");
    assert_eq!(s3::open_uploads(&site.bucket).await, 0);
}

/// Small objects are sent in one request, large ones in parts, without headers that a store could reject.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the servers of tests/run"]
async fn requests_are_plain() {
    let front = Front::start(0).await;
    let site = Site::s3(&front.url, &[]).await;
    site.put("small", b"content").await;
    site.put("large", &content(13 * MEBIBYTE)).await;
    let sent: Vec<String> = front
        .requests()
        .iter()
        .map(|request| {
            let query = request.query().into_iter().map(|(name, _)| name).collect::<Vec<_>>().join("&");
            format!("{} {query} {}", request.method, request.body.len())
        })
        .collect();
    assert_eq!(sent[..2], ["PUT  7", "POST uploads 0"]);
    let mut parts = sent[2..5].to_vec();
    parts.sort();
    let full = 6 * MEBIBYTE;
    assert_eq!(parts[0], format!("PUT partNumber&uploadId {MEBIBYTE}"));
    assert_eq!(
        parts[1..],
        [format!("PUT partNumber&uploadId {full}"), format!("PUT partNumber&uploadId {full}")]
    );
    assert!(sent[5].starts_with("POST uploadId "), "{sent:?}");
}

/// The memory of an upload and a download does not depend on the object's size.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the servers of tests/run"]
async fn memory_is_bounded() {
    let site = Site::s3(&variable("TEST_S3"), &[]).await;
    let body = content(400 * MEBIBYTE);
    site.put("large", &body).await;
    assert!(site.get("large").await.unwrap() == body);
    let status = std::fs::read_to_string(format!("/proc/{}/status", site.plugin.id().unwrap())).unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap().trim().to_owned();
    let kibibytes: usize = peak.trim_end_matches(" kB").parse().unwrap();
    println!("peak memory of the plugin: {kibibytes} KiB");
    // A debug build uses about 25 MiB without any object.
    assert!(kibibytes < 80 << 10, "{kibibytes} KiB");
}

/// `checksumAlgorithm` adds a header, also to parts.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the servers of tests/run"]
async fn checksums_on_request() {
    for (algorithm, expected) in [("CRC32", true), ("SHA256", true), ("CRC64NVME", true), ("", false)] {
        let site =
            Site::s3(&variable("TEST_S3"), &[("checksumAlgorithm", algorithm), ("tagging", "a=b&c=d")]).await;
        let body = content(13 * MEBIBYTE);
        site.put("large", &body).await;
        site.put("small", b"content").await;
        assert!(site.get("large").await.unwrap() == body, "{algorithm} {expected}");
        assert_eq!(site.get("small").await.unwrap(), b"content");
    }
}

/// A download that takes longer than the retries of one request, over connections that break repeatedly.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the servers of tests/run"]
async fn a_replaced_object_is_not_mixed() {
    let site = Site::s3(&variable("TEST_S3"), &[]).await;
    site.put("key", &content(20 * MEBIBYTE)).await;
    let (to, client) = (variable("TEST_S3"), web::client());
    let front = web::serve(move |request| {
        let (to, client) = (to.clone(), client.clone());
        async move {
            let mut response = web::forward(&client, &to, &request).await;
            if request.method == "GET" && request.header("range").is_none() {
                response.cut = Some(MEBIBYTE);
            }
            Some(response)
        }
    })
    .await;
    let (mut config, _files) = Site::s3_config(&format!("http://{front}"), &site.bucket, &[]);
    config.insert("credentialsFile".into(), site.config["credentialsFile"].clone());
    let plugin = crate::site::plugin().start().await.unwrap();
    let store = plugin.object_store("velero.io/aws");
    store.init(config).await.unwrap();
    let mut reader = store.get_object(&site.bucket, "key").await.unwrap();
    let mut read = vec![0; 1000];
    reader.read_exact(&mut read).await.unwrap();
    site.put("key", b"another").await;
    let error = reader.read_to_end(&mut read).await.unwrap_err().to_string();
    assert!(error.contains("error reading object key after "), "{error}");
    assert!(read.len() <= MEBIBYTE, "{}", read.len());
}
