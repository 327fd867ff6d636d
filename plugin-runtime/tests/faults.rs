//! A plugin's process that lacks a resource, and items of unusual size: no call hangs, and an error says why.
#![cfg(target_os = "linux")]

mod support {
    pub(crate) mod example;
    pub(crate) mod files;
}

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use plugwright::client::{Client, ClientBuilder, ObjectStoreClient, StartError};
use support::example::example;
use support::files::files;
use tempfile::{TempDir, tempdir};
use tokio::io::AsyncReadExt;

fn plugin() -> PathBuf {
    example("parts")
}

/// The plugin, started by a shell after these commands, with its socket in this folder.
fn after(commands: &str, folder: &TempDir) -> ClientBuilder {
    let script = format!("{commands}; exec \"$0\"");
    Client::builder("/bin/sh").args(["-c", &script]).arg(plugin()).env("TMPDIR", folder.path())
}

async fn in_time<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(60), work).await.expect("the plugin answers or ends")
}

/// Starts the plugin with a store of this bucket.
async fn opened(builder: ClientBuilder, bucket: &str) -> (Client, ObjectStoreClient) {
    let client = in_time(builder.start()).await.unwrap();
    let store = client.object_store("example.io/parts");
    store.init([("bucket", bucket)]).await.unwrap();
    (client, store)
}

/// Starts the plugin, makes a call and stops it. The error of the start, or of the call.
async fn try_once(builder: ClientBuilder) -> Result<Result<(), String>, StartError> {
    let client = in_time(builder.start()).await?;
    let store = client.object_store("example.io/parts");
    let call = async {
        store.init([("bucket", "b")]).await?;
        store.object_exists("b", "k").await
    };
    let called = in_time(call).await.map(|exists| assert!(!exists)).map_err(|error| error.to_string());
    in_time(client.ping()).await.expect("the connection does not depend on the call");
    assert!(in_time(client.shutdown()).await.unwrap().success());
    Ok(called)
}

#[tokio::test]
async fn few_file_descriptors() {
    let folder = tempdir().unwrap();
    let mut least = None;
    for count in 6..=40 {
        match try_once(after(&format!("ulimit -n {count}"), &folder)).await {
            Ok(Ok(())) => {
                least.get_or_insert(count);
            }
            Ok(Err(error)) => {
                assert!(
                    error.contains("cannot start a thread for plugins: Too many open files"),
                    "{count}: {error}"
                );
            }
            Err(error) => assert!(error.to_string().contains("Too many open files"), "{count}: {error}"),
        }
        assert_eq!(files(folder.path()), [""; 0], "{count}");
    }
    assert!(least.is_some_and(|least| least <= 32), "{least:?}");
}

/// The limit of threads counts for all processes of a user, and not for root.
#[tokio::test]
async fn few_threads() {
    let user = Command::new("id").arg("-u").output().unwrap();
    if user.stdout != b"0\n" {
        println!("skipped: only root can become another user");
        return;
    }
    let folder = tempdir().unwrap();
    // Another user can execute it there, and create a socket.
    let program = folder.path().join("program");
    // Not by this process: the child of another test would inherit the open file, which is then busy.
    assert!(Command::new("cp").arg(plugin()).arg(&program).status().unwrap().success());
    std::os::unix::fs::chown(folder.path(), Some(54322), Some(54322)).unwrap();
    let mut least = None;
    for count in 1..=10 {
        let builder = Client::builder("prlimit")
            .arg(format!("--nproc={count}"))
            .args(["setpriv", "--reuid", "54322", "--regid", "54322", "--clear-groups"])
            .arg(&program)
            .env("TMPDIR", folder.path());
        match try_once(builder).await {
            Ok(Ok(())) => {
                least.get_or_insert(count);
            }
            Ok(Err(error)) => {
                assert!(error.contains("cannot start a thread for plugins: "), "{count}: {error}");
            }
            Err(error) => {
                assert!(error.to_string().contains("cannot start a thread for std"), "{count}: {error}");
            }
        }
        assert_eq!(files(folder.path()), ["program"], "{count}");
    }
    // The main thread, one for stdout and stderr, two for the connection and one that watches them, and two for timers.
    assert_eq!(least, Some(7));
}

#[tokio::test]
async fn sixty_four_mib_through_thirty_two() {
    let folder = tempdir().unwrap();
    let bucket = tempdir().unwrap();
    // Memory that the process can write; address space also contains the executable.
    let path = bucket.path().to_str().unwrap();
    let (client, store) = opened(after("ulimit -d 32768", &folder), path).await;
    in_time(store.put_object(path, "whole", &vec![7; 64 << 20][..])).await.unwrap();
    let stored = files(bucket.path())
        .into_iter()
        .map(|name| std::fs::metadata(bucket.path().join(name)).unwrap().len());
    assert_eq!(stored.sum::<u64>(), 64 << 20);
    assert!(in_time(client.shutdown()).await.unwrap().success());
}

fn kill(signal: &str, client: &Client) {
    let id = client.id().unwrap().to_string();
    assert!(Command::new("kill").args([signal, &id]).status().unwrap().success());
}

#[tokio::test]
async fn stopped_process_continues() {
    stop_for(Duration::from_secs(2)).await;
}

#[tokio::test]
#[ignore = "takes a minute"]
async fn process_stopped_for_a_minute_continues() {
    stop_for(Duration::from_secs(60)).await;
}

async fn stop_for(time: Duration) {
    let (client, store) = opened(Client::builder(plugin()), "b").await;
    kill("-STOP", &client);
    let pause = async {
        tokio::time::sleep(time).await;
        kill("-CONT", &client);
        in_time(client.ping()).await.unwrap();
    };
    let start = Instant::now();
    let (exists, ()) = tokio::join!(store.object_exists("b", "k"), pause);
    assert!(!exists.unwrap());
    assert!(start.elapsed() >= time, "the call did not wait");
    assert!(in_time(client.shutdown()).await.unwrap().success());
}

#[tokio::test]
async fn no_folder_for_the_socket_is_logged_as_an_error() {
    let stderr = tempdir().unwrap();
    let file = stderr.path().join("log");
    let commands = format!("exec 2>{}", file.display());
    let error =
        after(&commands, &stderr).env("PLUGIN_UNIX_SOCKET_DIR", "/nowhere").start().await.unwrap_err();
    assert!(error.to_string().contains("exit status: 1"), "{error}");
    // As a record: the host logs plain text only at debug level.
    let record: serde_json::Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    assert_eq!(record["@level"], "error");
    let message = record["@message"].as_str().unwrap();
    assert!(
        message.starts_with("cannot start the plugin: cannot create a socket in /nowhere: "),
        "{message}"
    );
}

/// Waits until nothing is left of an object.
async fn emptied(bucket: &Path) {
    while !files(bucket).is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// The file system of the objects is full in the middle of an object.
#[tokio::test]
async fn full_disk_fails_only_the_put() {
    let bucket = tempdir().unwrap();
    let path = bucket.path().to_str().unwrap();
    let mount = "mount -t tmpfs -o size=2m none \"$0\"";
    let probe = Command::new("unshare").args(["-rm", "sh", "-c", mount, path]).status();
    if !probe.is_ok_and(|status| status.success()) {
        println!("skipped: file systems cannot be mounted here");
        return;
    }
    let script = format!("{mount} && exec \"$1\"");
    let builder = Client::builder("unshare").args(["-rm", "sh", "-c", &script, path]).arg(plugin());
    let (client, store) = opened(builder, path).await;
    let mounted = format!("/proc/{}/root{path}", client.id().unwrap());
    for _ in 0..3 {
        let error = in_time(store.put_object(path, "whole", &vec![7; 64 << 20][..])).await.unwrap_err();
        assert!(error.to_string().contains("No space left on device"), "{error}");
        in_time(emptied(mounted.as_ref())).await;
    }
    assert!(in_time(client.shutdown()).await.unwrap().success());
}

/// A disk that fails: Linux reports EIO for the first page of a process.
#[tokio::test]
async fn io_error_ends_the_object_with_its_text() {
    let (client, store) = opened(Client::builder(plugin()), "b").await;
    // The first part may be read before the response.
    let read = async {
        let mut body = store.get_object("/proc/self", "mem").await.map_err(|error| error.to_string())?;
        body.read_to_end(&mut Vec::new()).await.map_err(|error| error.to_string())
    };
    let error = in_time(read).await.unwrap_err();
    assert!(error.contains("Input/output error"), "{error}");
    assert!(!in_time(store.object_exists("b", "k")).await.unwrap());
    assert!(in_time(client.shutdown()).await.unwrap().success());
}

/// Compiles a library that replaces functions of the C library, and returns the commands that load it. `None` without a C compiler.
fn replacing(functions: &str, folder: &TempDir) -> Option<String> {
    let [source, library] = ["replace.c", "replace.so"].map(|name| folder.path().join(name));
    std::fs::write(&source, functions).unwrap();
    let compile = Command::new("cc").args(["-shared", "-fPIC", "-o"]).arg(&library).arg(&source).status();
    if !compile.is_ok_and(|status| status.success()) {
        println!("skipped: a C compiler is required");
        return None;
    }
    Some(format!("export LD_PRELOAD={}", library.display()))
}

/// Writing to a file waits 40 ms, and fails once with EIO.
const BAD_DISK: &str = r#"
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

ssize_t write(int file, const void *from, size_t size) {
    ssize_t (*original)(int, const void *, size_t) = dlsym(RTLD_NEXT, "write");
    struct stat status;
    if (fstat(file, &status) == 0 && S_ISREG(status.st_mode)) {
        static int writes;
        if (getenv("BAD_DISK_FAILS") && __atomic_add_fetch(&writes, 1, __ATOMIC_SEQ_CST) == 10) {
            errno = EIO;
            return -1;
        }
        usleep(40000);
    }
    return original(file, from, size);
}
"#;

#[tokio::test]
async fn io_error_of_a_write_fails_only_the_put() {
    let (folder, bucket) = (tempdir().unwrap(), tempdir().unwrap());
    let Some(replace) = replacing(BAD_DISK, &folder) else { return };
    let path = bucket.path().to_str().unwrap();
    let (client, store) = opened(after(&replace, &folder).env("BAD_DISK_FAILS", "1"), path).await;
    let body = vec![7; 64 << 20];
    let error = in_time(store.put_object(path, "whole", &body[..])).await.unwrap_err();
    assert!(error.to_string().contains("Input/output error"), "{error}");
    in_time(emptied(bucket.path())).await;
    in_time(store.put_object(path, "whole", &body[..])).await.unwrap();
    assert_eq!(files(bucket.path()).len(), 64);
    assert!(in_time(client.shutdown()).await.unwrap().success());
}

#[tokio::test]
async fn slow_disk_delays_only_its_call() {
    let (folder, bucket) = (tempdir().unwrap(), tempdir().unwrap());
    let Some(replace) = replacing(BAD_DISK, &folder) else { return };
    let path = bucket.path().to_str().unwrap();
    let (client, store) = opened(after(&replace, &folder), path).await;
    let body = vec![7; 64 << 20];
    let mut put = std::pin::pin!(in_time(store.put_object(path, "whole", &body[..])));
    let others = async {
        for _ in 0..20 {
            assert!(!store.object_exists("b", "k").await.unwrap());
            client.ping().await.unwrap();
        }
    };
    tokio::select! {
        _ = &mut put => panic!("the other calls waited for the disk"),
        () = others => {}
    }
    put.await.unwrap();
    assert_eq!(files(bucket.path()).len(), 64);
    assert!(in_time(client.shutdown()).await.unwrap().success());
}

/// The clock jumps two days back and forth, each millisecond.
const JUMPING_CLOCK: &str = r#"
#define _GNU_SOURCE
#include <dlfcn.h>
#include <time.h>

int clock_gettime(clockid_t clock, struct timespec *now) {
    int (*original)(clockid_t, struct timespec *) = dlsym(RTLD_NEXT, "clock_gettime");
    int result = original(clock, now);
    if (clock == CLOCK_REALTIME) now->tv_sec += now->tv_nsec / 1000000 % 2 ? 86400 : -86400;
    return result;
}
"#;

#[tokio::test]
async fn clock_that_jumps_disturbs_no_call() {
    let folder = tempdir().unwrap();
    let Some(replace) = replacing(JUMPING_CLOCK, &folder) else { return };
    let log = folder.path().join("log");
    let bucket = tempdir().unwrap();
    let path = bucket.path().to_str().unwrap();
    let commands = format!("exec 2>{}; {replace}", log.display());
    let (client, store) = opened(after(&commands, &folder), path).await;
    in_time(store.put_object(path, "whole", &vec![7; 64 << 20][..])).await.unwrap();
    assert_eq!(files(bucket.path()).len(), 64);
    assert!(in_time(client.shutdown()).await.unwrap().success());

    let log = std::fs::read_to_string(log).unwrap();
    let records = log.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let day = |record: serde_json::Value| record["at"].as_str().unwrap()[..10].to_owned();
    let days: BTreeSet<_> = records.map(day).collect();
    assert!(days.len() >= 2, "the clock did not jump: {days:?}");
}
