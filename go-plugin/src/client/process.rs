//! The plugin's process.

use std::future::poll_fn;
use std::io;
use std::pin::pin;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::net::unix::pipe;
use tokio::process::{Child, ChildStdout, Command};
use tokio::sync::watch;

/// A child process whose end any number of tasks can wait for.
#[derive(Debug)]
pub(super) struct Process {
    child: Mutex<Child>,
    exited: watch::Receiver<Option<ExitStatus>>,
}

/// A process that has just been started, with its output.
pub(super) struct Spawned {
    pub(super) process: Arc<Process>,
    pub(super) stdout: ChildStdout,
    pub(super) stderr: pipe::Receiver,
}

impl Process {
    pub(super) fn spawn(command: &mut Command) -> io::Result<Spawned> {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let (Some(stdout), Some(stderr)) = (child.stdout.take(), child.stderr.take()) else {
            return Err(io::Error::other("the process has no stdout or stderr"));
        };
        let stderr = pipe::Receiver::from_owned_fd(stderr.into_owned_fd()?)?;
        let (sender, exited) = watch::channel(None);
        let process = Arc::new(Self { child: Mutex::new(child), exited });
        tokio::spawn({
            let process = process.clone();
            async move {
                if let Ok(status) = process.reap().await {
                    sender.send_replace(Some(status));
                }
            }
        });
        Ok(Spawned { process, stdout, stderr })
    }

    /// Holds the lock only while it looks, so that others can kill meanwhile.
    async fn reap(&self) -> io::Result<ExitStatus> {
        poll_fn(|cx| {
            let mut child = self.lock();
            pin!(child.wait()).poll(cx)
        })
        .await
    }

    fn lock(&self) -> MutexGuard<'_, Child> {
        self.child.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends the process at once; one that has ended is left alone.
    pub(super) fn kill(&self) {
        // The only error is that it has ended already.
        let _ = self.lock().start_kill();
    }

    pub(super) fn id(&self) -> Option<u32> {
        self.lock().id()
    }

    pub(super) async fn wait(&self) -> io::Result<ExitStatus> {
        let mut exited = self.exited.clone();
        match exited.wait_for(Option::is_some).await.map(|status| *status) {
            Ok(Some(status)) => Ok(status),
            _ => Err(io::Error::other("the end of the plugin's process cannot be seen")),
        }
    }

    /// The exit status, where the process ends within this time.
    pub(super) async fn wait_for(&self, limit: Duration) -> Option<ExitStatus> {
        tokio::time::timeout(limit, self.wait()).await.ok()?.ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> io::Result<Spawned> {
        Process::spawn(Command::new("/bin/sh").args(["-c", script]))
    }

    #[tokio::test]
    async fn all_who_wait_see_the_end() -> io::Result<()> {
        let process = shell("exit 3")?.process;
        let (one, two) = tokio::join!(process.wait(), process.wait());
        assert_eq!((one?.code(), two?.code()), (Some(3), Some(3)));
        assert_eq!(process.wait().await?.code(), Some(3));
        process.kill();
        Ok(())
    }

    #[tokio::test]
    async fn a_process_can_be_killed_while_others_wait() -> io::Result<()> {
        let process = shell("exec sleep 600")?.process;
        let waiting = tokio::spawn({
            let process = process.clone();
            async move { process.wait().await }
        });
        assert_eq!(process.wait_for(Duration::from_millis(1)).await, None);
        process.kill();
        assert_eq!(waiting.await??.code(), None);
        Ok(())
    }
}
