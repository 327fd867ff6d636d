//! A process that is killed when its handle is dropped.

use std::fs::File;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Error, Result, anyhow};
use rustix::process::{Pid, Signal, kill_process_group};
use serde_json::Value;
use tokio::process::Command;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::disk;

/// The number of log lines that an error quotes.
const LAST_LINES: usize = 6;

/// Limits quoted lines: a panic of etcd contains the whole configuration.
const LONGEST_LINE: usize = 400;

pub(crate) struct Process {
    name: String,
    id: Option<u32>,
    log: PathBuf,
    /// The exit status, once the process has exited.
    ended: watch::Receiver<Option<ExitStatus>>,
    waiting: JoinHandle<()>,
}

impl Process {
    /// Starts the command in its own process group, with output to a file.
    pub(crate) fn start(name: &str, mut command: Command, log: &Path) -> Result<Self> {
        let file = File::create(log).with_context(|| format!("cannot write {}", log.display()))?;
        let mut child = command
            .process_group(0)
            .kill_on_drop(true)
            .stdin(Stdio::null())
            .stdout(file.try_clone()?)
            .stderr(file)
            .spawn()
            .with_context(|| format!("cannot start {name}"))?;
        let id = child.id();
        let (tell, ended) = watch::channel(None);
        let waiting = tokio::spawn(async move {
            if let Ok(status) = child.wait().await {
                let _ = tell.send(Some(status));
            }
        });
        Ok(Self { name: name.to_owned(), id, log: log.to_owned(), ended, waiting })
    }

    /// The process ID, while the process runs.
    pub(crate) fn id(&self) -> Option<u32> {
        self.id.filter(|_| self.ended.borrow().is_none())
    }

    /// Waits until `is_ready` returns true. Fails if the process exits before, or is not ready in time.
    pub(crate) async fn ready(
        &self,
        limit: Duration,
        is_ready: impl AsyncFn() -> Result<bool>,
    ) -> Result<()> {
        let started = Instant::now();
        let ready = async {
            while !is_ready().await? {
                if started.elapsed() > limit {
                    let lines = last_lines(&self.log);
                    return Err(anyhow!("{} is not ready after {limit:?}{lines}", self.name));
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            Ok(())
        };
        tokio::select! {
            ended = self.ended() => Err(ended),
            ready = ready => ready,
        }
    }

    /// Kills the process and its children, and waits for its exit.
    pub(crate) async fn kill(&self) {
        self.kill_group();
        let _ = self.ended.clone().wait_for(Option::is_some).await;
    }

    fn kill_group(&self) {
        let group = self.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        if let Some(group) = group {
            let _ = kill_process_group(group, Signal::KILL);
        }
    }

    /// Waits for an unexpected exit, and returns it as an error.
    pub(crate) async fn ended(&self) -> Error {
        let mut ended = self.ended.clone();
        // The task that waits for the process owns the sender.
        let status = match ended.wait_for(Option::is_some).await {
            Ok(status) => *status,
            Err(_) => None,
        };
        let how = status.map_or_else(|| "unexpectedly".to_owned(), how);
        // On a full disk, programs fail in various ways, with truncated logs.
        let full = self.log.parent().and_then(disk::is_full);
        let cause = full.map(|full| format!(": {full}")).unwrap_or_default();
        anyhow!("{} ended {how}{cause}{}", self.name, last_lines(&self.log))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill_group();
        self.waiting.abort();
    }
}

fn how(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("with exit status {code}"),
        (None, Some(9)) => "by SIGKILL (`kill -9`, or out of memory)".to_owned(),
        (None, Some(signal)) => format!("by signal {signal}"),
        (None, None) => "unexpectedly".to_owned(),
    }
}

/// The last lines of a log, to append to a message.
fn last_lines(log: &Path) -> String {
    let text = std::fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<_> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    let lines = &lines[lines.len().saturating_sub(LAST_LINES)..];
    if lines.is_empty() {
        return String::new();
    }
    let lines: Vec<_> = lines.iter().map(|line| shortened(line)).collect();
    format!("; last lines of {}:\n  {}", log.display(), lines.join("\n  "))
}

/// The level, message and error of a JSON line of Velero; other lines unchanged.
fn shortened(line: &str) -> String {
    let text = match serde_json::from_str::<Value>(line) {
        Ok(record) if record["msg"].is_string() => {
            let parts = ["level", "msg", "error"].iter().filter_map(|key| record[*key].as_str());
            parts.collect::<Vec<_>>().join(": ")
        }
        _ => line.to_owned(),
    };
    match text.char_indices().nth(LONGEST_LINE) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start(script: &str, log: &Path) -> Process {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        Process::start("it", command, log).unwrap()
    }

    #[tokio::test]
    async fn an_exit_is_reported_with_the_last_lines() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        let script = r#"for n in 1 2 3 4 5 6; do echo $n; done; echo '{"level":"error","msg":"no","error":"why"}'; exit 3"#;
        let process = start(script, &log);
        let error = process.ready(Duration::from_secs(60), async || Ok(false)).await.unwrap_err();
        let expected = format!(
            "it ended with exit status 3; last lines of {}:\n  2\n  3\n  4\n  5\n  6\n  error: no: why",
            log.display()
        );
        assert_eq!(error.to_string(), expected);
        assert_eq!(process.id(), None);

        let process = start("kill -9 $$", &log);
        assert!(process.ended().await.to_string().starts_with("it ended by SIGKILL"));
    }

    #[tokio::test]
    async fn dropping_kills_the_process_group() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        let process = start("sleep 60 & echo $!; wait", &log);
        let child: i32 = loop {
            let text = std::fs::read_to_string(&log).unwrap();
            if text.ends_with('\n') {
                break text.trim().parse().unwrap();
            }
            tokio::task::yield_now().await;
        };
        drop(process);
        let status = format!("/proc/{child}/stat");
        // An orphan that has exited may remain as a zombie.
        while std::fs::read_to_string(&status).is_ok_and(|text| !text.contains(") Z ")) {
            tokio::task::yield_now().await;
        }
    }
}
