//! Processes that end at random moments of an upload: 100 moments in all.

use std::hash::{BuildHasher as _, RandomState};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, Command};

use crate::front::Front;
use crate::google::Google;
use crate::s3;
use crate::site::{Site, content, variable};

const MEBIBYTE: usize = 1 << 20;

/// The plugin is killed. Its parts remain, because nothing can abort them: see the README. An object is never short, and
/// the next upload works.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the servers of tests/run"]
async fn the_plugin_is_killed() {
    let body = content(14 * MEBIBYTE);
    let front = Front::start(0).await;
    let (mut uploads, mut objects) = (0, 0);
    for _ in 0..60 {
        let site = Site::s3(&front.url, &[]).await;
        let id = site.plugin.id().unwrap();
        let put = {
            let (store, bucket, body) = (site.store.clone(), site.bucket.clone(), body.clone());
            tokio::spawn(async move { store.put_object(&bucket, "key", &body[..]).await })
        };
        let moment = wait(350).await;
        let killed = Command::new("kill").args(["-9", &id.to_string()]).status().await.unwrap();
        assert!(killed.success());
        let put = put.await.unwrap();
        let next = Site::s3(&variable("TEST_S3"), &[]).await;
        let found = next.store.list_objects(&site.bucket, "").await.unwrap();
        assert!(put.is_err() || !found.is_empty(), "the object is missing after {moment:?}");
        objects += found.len();
        uploads += s3::open_uploads(&site.bucket).await;
        whole(&next, &site.bucket, &body, &found, moment).await;
    }
    println!("of 60 killed uploads, {objects} were complete, and {uploads} remain without an object");
}

/// The host dies: neither a part nor a short object remains.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the servers of tests/run"]
async fn the_host_is_killed() {
    let body = content(24 * MEBIBYTE);
    for _ in 0..20 {
        let site = Site::s3(&variable("TEST_S3"), &[]).await;
        let mut child = host(&site, 24, "whole").await;
        let moment = wait(500).await;
        child.kill().await.unwrap();
        settled(&site.bucket).await;
        let found = site.keys("").await;
        whole(&site, &site.bucket, &body, &found, moment).await;
        settled(&site.bucket).await;
    }
}

/// The store is killed and restarts. The upload succeeds, and no part remains. One case is versitygw's own: a restarted
/// server reports success for a completion that the killed one left unfinished (`posix.go`, `inProgressSuffix`).
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
    for _ in 0..20 {
        let put = {
            let (store, bucket, body) = (site.store.clone(), site.bucket.clone(), body.clone());
            tokio::spawn(async move { store.put_object(&bucket, "key", &body[..]).await })
        };
        let moment = wait(400).await;
        server.kill().await.unwrap();
        tokio::time::sleep(Duration::from_millis(300)).await;
        server = store(port, data.path()).await;
        put.await.unwrap().unwrap();
        if is_unfinished(data.path()) {
            whole(&site, &site.bucket, &body, &site.keys("").await, moment).await;
            std::fs::remove_dir_all(data.path().join(&site.bucket).join(".sgwtmp")).unwrap();
            site.store.delete_object(&site.bucket, "key").await.unwrap();
            continue;
        }
        assert!(site.get("key").await.unwrap() == body, "another object after {moment:?}");
        assert_eq!(s3::open_parts(&url, &site.bucket).await, 0, "after {moment:?}");
        site.store.delete_object(&site.bucket, "key").await.unwrap();
    }
    server.kill().await.unwrap();
}

/// Whether versitygw's folder contains an unfinished completion.
fn is_unfinished(folder: &Path) -> bool {
    std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap()).any(|entry| {
        entry.file_name().to_string_lossy().ends_with(".inprogress")
            || entry.file_type().unwrap().is_dir() && is_unfinished(&entry.path())
    })
}

/// Waits for a random time.
async fn wait(most: u64) -> Duration {
    let moment = Duration::from_millis(RandomState::new().hash_one(()) % most);
    tokio::time::sleep(moment).await;
    moment
}

/// An object that was found is whole, and so is the next one.
async fn whole(site: &Site, bucket: &str, body: &[u8], found: &[String], moment: Duration) {
    let read = async || {
        let mut read = Vec::new();
        site.store.get_object(bucket, "key").await.unwrap().read_to_end(&mut read).await.unwrap();
        read
    };
    if !found.is_empty() {
        assert!(read().await == body, "a short object after {moment:?}");
    }
    site.store.put_object(bucket, "key", body).await.unwrap();
    assert!(read().await == body, "the next object after {moment:?}");
}

async fn store(port: u16, data: &Path) -> Child {
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

/// The host dies between two parts of a body.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the servers of tests/run"]
async fn the_host_dies() {
    for megabytes in [0, 3, 6, 9, 14, 20, 24, 30, 36, 42] {
        let site = Site::s3(&variable("TEST_S3"), &[]).await;
        let mut child = host(&site, megabytes, "broken").await;
        child.kill().await.unwrap();
        settled(&site.bucket).await;
        assert_eq!(site.keys("").await, [] as [&str; 0], "{megabytes}");
    }
}

/// Nothing remains at Google either.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the servers of tests/run"]
async fn the_host_dies_with_google() {
    let google = Google::start().await;
    for megabytes in [3, 14] {
        let site = Site::google(&google).await;
        let mut child = host(&site, megabytes, "broken").await;
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

/// Another process as the host: this test program, which uploads this many bytes. Returns once it uploads; with a `broken`
/// body, once it has sent them all, and does not end it.
async fn host(site: &Site, megabytes: usize, body: &str) -> Child {
    let provider = if site.config.contains_key("storeEndpoint") { "velero.io/gcp" } else { "velero.io/aws" };
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "killed::as_a_host", "--nocapture"])
        .env("TEST_HOST_PROVIDER", provider)
        .env("TEST_HOST_CONFIG", serde_json::to_string(&site.config).unwrap())
        .env("TEST_HOST_MEGABYTES", megabytes.to_string())
        .env("TEST_HOST_BODY", body)
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
    let body = content(megabytes * MEBIBYTE);
    if variable("TEST_HOST_BODY") == "whole" {
        println!("uploading");
        store.put_object(&config["bucket"], "key", &body[..]).await.unwrap();
        // Its parent kills it.
        std::future::pending::<()>().await;
    }
    let (mut sender, reader) = tokio::io::duplex(MEBIBYTE);
    tokio::spawn(async move {
        sender.write_all(&body).await.unwrap();
        sender.write_all(b"x").await.unwrap();
        // The plugin receives the rest.
        tokio::time::sleep(Duration::from_millis(300)).await;
        println!("uploading");
        std::future::pending::<()>().await;
        drop(sender);
    });
    store.put_object(&config["bucket"], "key", reader).await.unwrap();
}

/// A reader that never ends.
pub(crate) struct Pending;

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
