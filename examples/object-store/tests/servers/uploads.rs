//! Disturbed uploads and downloads.

use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, Command};

use crate::front::Front;
use crate::google::Google;
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

/// The host dies during an upload: neither an object nor a part remains.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the servers of tests/run"]
async fn the_host_dies() {
    for megabytes in [0, 3, 6, 9, 14, 20, 24, 30, 36, 42] {
        let site = Site::s3(&variable("TEST_S3"), &[]).await;
        let bucket = site.bucket.clone();
        let mut child = host(&site, megabytes).await;
        child.kill().await.unwrap();
        settled(&bucket).await;
        assert_eq!(site.keys("").await, [] as [&str; 0], "{megabytes}");
    }
}

/// The plugin's process is shut down during an upload.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the servers of tests/run"]
async fn the_plugin_is_shut_down() {
    for megabytes in [3, 14, 30] {
        let site = Site::s3(&variable("TEST_S3"), &[]).await;
        let (store, bucket, body) = (site.store.clone(), site.bucket.clone(), content(megabytes * MEBIBYTE));
        let put = tokio::spawn(async move {
            let endless = body.chain(Pending);
            store.put_object(&bucket, "key", endless).await
        });
        tokio::time::sleep(Duration::from_millis(400)).await;
        site.plugin.shutdown().await.unwrap();
        assert!(put.await.unwrap().is_err());
        settled(&site.bucket).await;
        let other = Site::s3(&variable("TEST_S3"), &[]).await;
        assert_eq!(other.store.list_objects(&site.bucket, "").await.unwrap(), [] as [&str; 0]);
    }
}

/// The plugin is killed at many moments of an upload. Parts may remain, because nothing aborts them. An existing object
/// is complete, and the next upload works.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the servers of tests/run"]
async fn the_plugin_is_killed() {
    let (url, body) = (variable("TEST_S3"), content(14 * MEBIBYTE));
    let front = Front::start(0).await;
    for round in 0..80_u64 {
        let site = Site::s3(&front.url, &[]).await;
        let id = site.plugin.id().unwrap();
        let put = {
            let (store, bucket, body) = (site.store.clone(), site.bucket.clone(), body.clone());
            tokio::spawn(async move { store.put_object(&bucket, "key", &body[..]).await })
        };
        tokio::time::sleep(Duration::from_millis(round * 37 % 320)).await;
        let killed = Command::new("kill").args(["-9", &id.to_string()]).status().await.unwrap();
        assert!(killed.success());
        let put = put.await.unwrap();
        let next = Site::s3(&url, &[]).await;
        let found = next.store.list_objects(&site.bucket, "").await.unwrap();
        assert!(put.is_err() || !found.is_empty());
        if !found.is_empty() {
            let mut read = Vec::new();
            next.store.get_object(&site.bucket, "key").await.unwrap().read_to_end(&mut read).await.unwrap();
            assert!(read == body, "a short object after {round}");
        }
        next.store.put_object(&site.bucket, "key", &body[..]).await.unwrap();
    }
}

/// The store is killed during an upload, and restarts.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the servers of tests/run"]
async fn the_store_is_killed() {
    let data = tempfile::TempDir::new().unwrap();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = format!("http://127.0.0.1:{port}");
    let mut server = store(port, data.path()).await;
    let site = Site::s3(&url, &[]).await;
    std::fs::create_dir(data.path().join(&site.bucket)).unwrap();
    let body = content(60 * MEBIBYTE);
    for wait in [0, 15, 30, 60, 90, 120, 160, 200, 250, 300] {
        let put = {
            let (store, bucket, body) = (site.store.clone(), site.bucket.clone(), body.clone());
            tokio::spawn(async move { store.put_object(&bucket, "key", &body[..]).await })
        };
        tokio::time::sleep(Duration::from_millis(wait)).await;
        server.kill().await.unwrap();
        tokio::time::sleep(Duration::from_millis(300)).await;
        server = store(port, data.path()).await;
        put.await.unwrap().unwrap();
        assert!(site.get("key").await.unwrap() == body, "{wait}");
        site.store.delete_object(&site.bucket, "key").await.unwrap();
    }
    server.kill().await.unwrap();
}

async fn store(port: u16, data: &std::path::Path) -> Child {
    let child = Command::new(variable("TEST_VERSITYGW"))
        .args(["--port", &format!("127.0.0.1:{port}"), "posix"])
        .arg(data)
        .env("ROOT_ACCESS_KEY", "plugwright")
        .env("ROOT_SECRET_KEY", "plugwright-secret")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    while tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_err() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    child
}

/// A broken body also leaves nothing at Google.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the servers of tests/run"]
async fn the_host_dies_with_google() {
    let google = Google::start().await;
    for megabytes in [3, 14] {
        let site = Site::google(&google).await;
        let mut child = host(&site, megabytes).await;
        child.kill().await.unwrap();
        for _ in 0..200 {
            if google.open_uploads() == 0 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert_eq!(google.open_uploads(), 0, "{megabytes}");
        assert_eq!(site.keys("").await, [] as [&str; 0]);
    }
}

/// Another process as the host: this test program, which uploads this many bytes and then waits.
async fn host(site: &Site, megabytes: usize) -> Child {
    let provider = if site.config.contains_key("storeEndpoint") { "velero.io/gcp" } else { "velero.io/aws" };
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "uploads::as_a_host", "--nocapture"])
        .env("TEST_HOST_PROVIDER", provider)
        .env("TEST_HOST_CONFIG", serde_json::to_string(&site.config).unwrap())
        .env("TEST_HOST_MEGABYTES", megabytes.to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut output = child.stdout.take().unwrap();
    let (mut read, mut buffer) = (String::new(), [0; 256]);
    while !read.contains("uploading") {
        let count = output.read(&mut buffer).await.unwrap();
        assert!(count > 0, "the host ended: {read}");
        read.push_str(&String::from_utf8_lossy(&buffer[..count]));
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    child
}

/// Not a test: see `host`.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the servers of tests/run"]
async fn as_a_host() {
    let Ok(config) = std::env::var("TEST_HOST_CONFIG") else { return };
    let config: crate::site::Config = serde_json::from_str(&config).unwrap();
    let plugin = crate::site::plugin().start().await.unwrap();
    let store = plugin.object_store(variable("TEST_HOST_PROVIDER"));
    store.init(config.clone()).await.unwrap();
    let megabytes: usize = variable("TEST_HOST_MEGABYTES").parse().unwrap();
    let (mut sender, body) = tokio::io::duplex(MEBIBYTE);
    tokio::spawn(async move {
        sender.write_all(&content(megabytes * MEBIBYTE + 1)).await.unwrap();
        println!("uploading");
        std::future::pending::<()>().await;
        drop(sender);
    });
    store.put_object(&config["bucket"], "key", body).await.unwrap();
}

/// A reader that never ends.
struct Pending;

impl tokio::io::AsyncRead for Pending {
    fn poll_read(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
        _: &mut tokio::io::ReadBuf<'_>,
    ) -> std::task::Poll<std::io::Result<()>> {
        std::task::Poll::Pending
    }
}

/// Waits until no upload is open. A plugin without a host has several seconds to abort.
async fn settled(bucket: &str) {
    for _ in 0..200 {
        if s3::open_uploads(bucket).await == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("an upload of {bucket} stays open");
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
