//! The plugin's process.

use std::future::poll_fn;
use std::io;
use std::pin::pin;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use tokio::net::unix::pipe;
use tokio::process::{Child, ChildStdout, Command};
use tokio::sync::watch;

/// The polling interval for a process with another parent.
const LOOK: Duration = Duration::from_millis(50);

/// A process whose exit any number of tasks can await.
#[derive(Debug)]
pub(super) struct Process {
    of: Of,
    exited: watch::Receiver<Option<ExitStatus>>,
}

#[derive(Debug)]
enum Of {
    Ours(Mutex<Child>),
    Another(Pid),
}

/// A started process, with its output.
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
        let process = Arc::new(Self { of: Of::Ours(Mutex::new(child)), exited });
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

    /// A process started by another one; `None` if it has exited.
    pub(super) fn existing(pid: u32) -> Option<Arc<Self>> {
        let pid = Pid::from_raw(i32::try_from(pid).ok()?)?;
        test_kill_process(pid).ok()?;
        let (sender, exited) = watch::channel(None);
        let process = Arc::new(Self { of: Of::Another(pid), exited });
        tokio::spawn(async move {
            while test_kill_process(pid).is_ok() {
                tokio::select! {
                    () = tokio::time::sleep(LOOK) => {}
                    () = sender.closed() => return,
                }
            }
            // Its parent receives the status.
            sender.send_replace(Some(ExitStatus::default()));
        });
        Some(process)
    }

    /// Holds the lock only during the check, so that others can kill the process meanwhile.
    async fn reap(&self) -> io::Result<ExitStatus> {
        poll_fn(|cx| match &self.of {
            Of::Ours(child) => pin!(lock(child).wait()).poll(cx),
            Of::Another(_) => Poll::Pending,
        })
        .await
    }

    /// Whether this process started it.
    pub(super) const fn is_ours(&self) -> bool {
        matches!(self.of, Of::Ours(_))
    }

    /// Kills the process; does nothing if it has exited.
    pub(super) fn kill(&self) {
        // The only possible error is that it has already exited.
        match &self.of {
            Of::Ours(child) => drop(lock(child).start_kill()),
            Of::Another(pid) => drop(kill_process(*pid, Signal::KILL)),
        }
    }

    pub(super) fn id(&self) -> Option<u32> {
        match &self.of {
            Of::Ours(child) => lock(child).id(),
            Of::Another(pid) if self.exited.borrow().is_none() => u32::try_from(pid.as_raw_pid()).ok(),
            Of::Another(_) => None,
        }
    }

    pub(super) async fn wait(&self) -> io::Result<ExitStatus> {
        let mut exited = self.exited.clone();
        match exited.wait_for(Option::is_some).await.map(|status| *status) {
            Ok(Some(status)) => Ok(status),
            _ => Err(io::Error::other("cannot observe the exit of the plugin's process")),
        }
    }

    /// Returns the exit status if the process exits within this time.
    pub(super) async fn wait_for(&self, limit: Duration) -> Option<ExitStatus> {
        tokio::time::timeout(limit, self.wait()).await.ok()?.ok()
    }
}

fn lock(child: &Mutex<Child>) -> MutexGuard<'_, Child> {
    child.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> io::Result<Spawned> {
        Process::spawn(Command::new("/bin/sh").args(["-c", script]))
    }

    #[tokio::test]
    async fn all_waiters_see_the_exit() -> io::Result<()> {
        let process = shell("exit 3")?.process;
        let (one, two) = tokio::join!(process.wait(), process.wait());
        assert_eq!((one?.code(), two?.code()), (Some(3), Some(3)));
        assert_eq!(process.wait().await?.code(), Some(3));
        process.kill();
        Ok(())
    }

    #[tokio::test]
    async fn process_can_be_killed_while_others_wait() -> io::Result<()> {
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
