//! A plugin's process that lacks a resource: it works, or it exits with a clear message and without a socket.

use std::path::Path;
use std::time::{Duration, Instant};

use go_plugin::client::{ClientBuilder, StartError, StartErrorReason};
use tokio::process::Command;

use crate::plugin::{Folder, HANDSHAKE, ONE_THREAD, Plugin, after};
use crate::{Result, Test, skipped, tests};

pub(crate) fn all() -> Vec<Test> {
    tests![
        no_folder_for_the_socket,
        no_space_for_the_socket,
        few_file_descriptors,
        thirty_two_mib_of_memory,
        a_message_larger_than_the_memory,
        no_threads,
        stopped_for_two_seconds,
        stopped_at_shutdown,
    ]
}

/// Starts a plugin that cannot work. It exits with status 1 within a few seconds.
async fn fails(builder: ClientBuilder) -> Result<StartError> {
    match tokio::time::timeout(Duration::from_secs(20), builder.start()).await? {
        Ok(_) => Err("expected an error, but the plugin started".into()),
        Err(error) => match &error.reason {
            StartErrorReason::Exited(status) if status.code() == Some(1) => Ok(error),
            _ => Err(format!("expected exit status 1: {error}").into()),
        },
    }
}

fn contains(text: &str, expected: &str) -> Result {
    if text.contains(expected) { Ok(()) } else { Err(format!("expected `{expected}` in `{text}`").into()) }
}

/// Folders in which even root cannot create a file, and paths that are too long.
async fn no_folder_for_the_socket() -> Result {
    let long = format!("/tmp/{}", "x".repeat(100));
    for folder in ["/nowhere/at/all", "/proc/self", "/dev/null", &long] {
        for variable in ["PLUGIN_UNIX_SOCKET_DIR", "TMPDIR"] {
            let error = fails(after(":")?.env(variable, folder)).await?;
            contains(&error.stderr, &format!("cannot create a socket in {folder}: "))?;
            contains(&error.stderr, "set another directory with PLUGIN_UNIX_SOCKET_DIR or TMPDIR")?;
        }
    }
    Ok(())
}

/// A file system without space, and one mounted read-only.
async fn no_space_for_the_socket() -> Result {
    let folder = Folder::new("space")?;
    let probe =
        Command::new("unshare").args(["-rm", "mount", "-t", "tmpfs", "none", folder.path()]).status().await;
    if !probe.is_ok_and(|status| status.success()) {
        skipped("file systems cannot be mounted here");
        return Ok(());
    }
    for (option, expected) in [("nr_inodes=1", "No space left on device"), ("ro", "Read-only file system")] {
        let script = format!("mount -t tmpfs -o {option} none \"$1\" && exec \"$0\"");
        let builder = go_plugin::client::Client::builder("unshare", HANDSHAKE)
            .args(["-rm", "sh", "-c", &script])
            .arg(std::env::current_exe()?)
            .arg(&folder.0);
        let error = fails(builder.env("TMPDIR", &folder.0)).await?;
        contains(&error.stderr, &format!("cannot create a socket in {}: {expected}", folder.path()))?;
    }
    Ok(())
}

/// Any number of descriptors: from too few to start, to enough.
async fn few_file_descriptors() -> Result {
    let folder = Folder::new("descriptors")?;
    let mut least = None;
    for count in 6..=32 {
        let start = after(&format!("ulimit -n {count}"))?.env("TMPDIR", &folder.0).start();
        match tokio::time::timeout(Duration::from_secs(20), start).await? {
            Ok(client) => {
                Plugin::of(client)?.ends().await?;
                least.get_or_insert(count);
            }
            Err(error) => {
                contains(&error.stderr, "Too many open files")
                    .map_err(|text| format!("{count}: {text}; {error}"))?;
            }
        }
        if folder.sockets()? > 0 {
            return Err(format!("with {count} descriptors, a socket is left").into());
        }
    }
    match least {
        Some(least) if least <= 16 => Ok(()),
        least => Err(format!("expected 16 descriptors to be enough, found {least:?}").into()),
    }
}

async fn thirty_two_mib_of_memory() -> Result {
    // Memory that a process can write; address space also contains the executable, which is large in a debug build.
    let plugin = Plugin::of(after("ulimit -d 32768")?.start().await?)?;
    for _ in 0..100 {
        let text = "x".repeat(1 << 20);
        if plugin.call(&text).await? != text {
            return Err("another answer".into());
        }
    }
    plugin.ends_well().await
}

/// Rust aborts a process that cannot allocate: the call fails, and the host does not wait.
async fn a_message_larger_than_the_memory() -> Result {
    let plugin = Plugin::of(after("ulimit -d 32768")?.start().await?)?;
    let answer = plugin.unary("/test.Echo/Echo", vec![7; 64 << 20]).await?;
    let Err(status) = answer else { return Err("expected an error".into()) };
    let ended = plugin.client.exit_within(Duration::from_secs(10)).await;
    if ended.is_none_or(|ended| ended.success()) {
        return Err(format!("the process: {ended:?}, the call: {status}").into());
    }
    Ok(())
}

/// The limit of threads counts for all processes of a user, and not for root.
async fn no_threads() -> Result {
    let folder = Folder::new("threads")?;
    let program = folder.0.join("program");
    std::fs::copy(std::env::current_exe()?, &program)?;
    std::os::unix::fs::chown(&folder.0, Some(54321), Some(54321))
        .or_else(|_| Ok::<_, Box<dyn std::error::Error + Send + Sync>>(()))?;
    let limited = |count: &str| {
        go_plugin::client::Client::builder("prlimit", HANDSHAKE)
            .arg(format!("--nproc={count}"))
            .args(["setpriv", "--reuid", "54321", "--regid", "54321", "--clear-groups"])
            .arg(&program)
            .env(ONE_THREAD.0, ONE_THREAD.1)
            .env("TMPDIR", &folder.0)
    };
    let user = Command::new("id").arg("-u").output().await?;
    if user.stdout != b"0\n" {
        skipped("only root can become another user");
        return Ok(());
    }
    let error = fails(limited("1")).await?;
    contains(&error.stderr, "cannot start a thread")?;
    if folder.sockets()? > 0 {
        return Err("a socket is left".into());
    }
    // One thread for stdout and stderr.
    Plugin::of(limited("2").start().await?)?.ends().await
}

async fn signal(plugin: &Plugin, signal: &str) -> Result {
    let id = plugin.client.id().ok_or("the plugin has ended")?.to_string();
    let status = Command::new("kill").args([signal, &id]).status().await?;
    if status.success() { Ok(()) } else { Err(format!("kill ended with {status}").into()) }
}

async fn stopped_for_two_seconds() -> Result {
    let plugin = Plugin::start().await?;
    signal(&plugin, "-STOP").await?;
    let pause = async {
        tokio::time::sleep(Duration::from_secs(2)).await;
        signal(&plugin, "-CONT").await
    };
    let since = Instant::now();
    let (answer, continued) = tokio::join!(plugin.call("meanwhile"), pause);
    continued?;
    if answer? != "meanwhile" || since.elapsed() < Duration::from_secs(2) {
        return Err("the call did not wait".into());
    }
    plugin.ends_well().await
}

/// The host kills it after two seconds, and removes its socket.
async fn stopped_at_shutdown() -> Result {
    let plugin = Plugin::start().await?;
    signal(&plugin, "-STOP").await?;
    let status = tokio::time::timeout(Duration::from_secs(20), plugin.client.shutdown()).await??;
    if status.success() {
        return Err("a stopped process cannot shut down".into());
    }
    let socket = plugin.socket.clone();
    drop(plugin);
    crate::plugin::is_gone(Path::new(&socket))
}
