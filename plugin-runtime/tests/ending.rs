//! Tests a shutdown during a call: the plugin undoes what it started.

mod support {
    pub(crate) mod example;
    #[cfg(target_os = "linux")]
    pub(crate) mod files;
}

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use plugwright::client::Client;
use support::example::example;
#[cfg(target_os = "linux")]
use support::files::files;
use tempfile::{TempDir, tempdir};

fn plugin() -> PathBuf {
    example("parts")
}

/// A directory for one test, removed with it.
struct Bucket(TempDir);

impl Bucket {
    fn new() -> Self {
        Self(tempdir().unwrap())
    }

    fn path(&self) -> &str {
        self.0.path().to_str().unwrap()
    }

    fn parts(&self) -> usize {
        std::fs::read_dir(self.path()).unwrap().count()
    }

    async fn wait(&self, what: &str, until: impl Fn(usize) -> bool) {
        let start = Instant::now();
        while !until(self.parts()) {
            assert!(start.elapsed() < Duration::from_secs(60), "{what}: {} parts", self.parts());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

/// Puts an object and shuts the plugin down once parts of it are stored.
async fn shut_down_amid(key: &str) {
    let bucket = Bucket::new();
    let client = Client::builder(plugin()).start().await.unwrap();
    let path = bucket.path().to_owned();
    let store = client.object_store("example.io/parts");
    store.init([("bucket", path.as_str())]).await.unwrap();
    let key = key.to_owned();
    let put = tokio::spawn(async move {
        let store = store;
        store.put_object(&path, &key, &vec![7; 64 << 20][..]).await
    });
    bucket.wait("an upload in progress", |parts| parts > 0).await;
    let status = client.shutdown().await.unwrap();
    assert!(put.await.unwrap().is_err());
    assert!(status.success(), "the plugin had to be killed: {status}");
    assert_eq!(bucket.parts(), 0);
}

/// The body received from the host ends in an error, and the destructor cleans up.
#[tokio::test]
async fn upload_is_aborted_when_its_body_is_cut_off() {
    shut_down_amid("body").await;
}

/// The call waits for `Context::stopping`.
#[tokio::test]
async fn upload_is_aborted_when_the_process_is_stopping() {
    shut_down_amid("stopping").await;
}

/// The call waits for something else, and is dropped.
#[tokio::test]
async fn upload_is_aborted_when_its_call_is_dropped() {
    shut_down_amid("stuck").await;
}

#[tokio::test]
async fn idle_plugin_exits_immediately() {
    let bucket = Bucket::new();
    let client = Client::builder(plugin()).start().await.unwrap();
    client.object_store("example.io/parts").init([("bucket", bucket.path())]).await.unwrap();
    let start = Instant::now();
    assert!(client.shutdown().await.unwrap().success());
    // Without running calls the exit is immediate; with running calls it takes more than a second.
    assert!(start.elapsed() < Duration::from_secs(1));
}

fn alive(id: &str) -> bool {
    // An exited process that was not waited for is still listed.
    std::fs::read_to_string(Path::new("/proc").join(id).join("stat")).is_ok_and(|stat| !stat.contains(") Z "))
}

struct KillOnDrop(Child);

impl Drop for KillOnDrop {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn upload_is_aborted_when_the_host_is_killed() {
    let bucket = Bucket::new();
    let host =
        Command::new(plugin()).arg("host").arg(bucket.path()).arg("body").stdout(Stdio::piped()).spawn();
    let mut host = KillOnDrop(host.unwrap());
    let mut id = String::new();
    BufReader::new(host.0.stdout.take().unwrap()).read_line(&mut id).unwrap();
    bucket.wait("an upload in progress", |parts| parts > 2).await;
    // SIGKILL: the host requests no shutdown.
    host.0.kill().unwrap();
    bucket.wait("removal of all parts", |parts| parts == 0).await;
    let start = Instant::now();
    while alive(id.trim()) {
        assert!(start.elapsed() < Duration::from_secs(60), "the plugin is still running");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// The host is killed after the start of the plugin, before it connects.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn plugin_exits_if_its_host_never_connects() {
    let folder = tempdir().unwrap();
    let script = "\"$0\" >line & echo $!; while ! [ -s line ]; do :; done; sleep 0.2";
    let mut host = Command::new("sh");
    host.args(["-c", script]).arg(plugin()).current_dir(folder.path()).env("TMPDIR", folder.path());
    host.env("VELERO_PLUGIN", "hello").env("PLUGIN_PROTOCOL_VERSIONS", "2");
    let output = host.stderr(Stdio::null()).output().unwrap();
    let id = String::from_utf8(output.stdout).unwrap();
    let start = Instant::now();
    while alive(id.trim()) {
        assert!(start.elapsed() < Duration::from_secs(60), "the plugin is still running");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let line = std::fs::read_to_string(folder.path().join("line")).unwrap();
    assert!(line.starts_with("1|2|unix|"), "{line}");
    assert_eq!(files(folder.path()), ["line"]);
}
