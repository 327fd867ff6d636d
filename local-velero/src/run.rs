//! What all processes of one run share: the folder, the mark, and the keeper that ends them.

use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Error, Result, anyhow};
use tempfile::TempDir;
use tokio::process::Command;

use crate::disk;
use crate::keeper::{self, Keeper, MARK};

/// A unix socket's path has 108 bytes at most, and plugins put theirs below the run's folder.
const LONGEST_FOLDER: usize = 50;

/// Ends every process of the run and removes its folder when it is dropped; the keeper does the same when this process is killed.
pub struct Run {
    /// None in tests, and after the drop has begun.
    keeper: Option<Keeper>,
    folder: TempDir,
    /// Tells this run's processes from all others.
    mark: String,
}

impl Run {
    /// Makes the folder, whose name begins so, and starts the keeper.
    pub fn start(prefix: &str) -> Result<Self> {
        let mut run = Self::without_keeper(prefix)?;
        run.keeper = Some(Keeper::start(&run.mark, run.folder.path())?);
        Ok(run)
    }

    /// For tests, whose program is not one that can be the keeper.
    pub(crate) fn without_keeper(prefix: &str) -> Result<Self> {
        let mut parent = std::env::temp_dir();
        if parent.as_os_str().len() > LONGEST_FOLDER {
            parent = "/tmp".into();
        }
        let folder = tempfile::Builder::new().prefix(prefix).tempdir_in(&parent);
        let folder = folder.with_context(|| format!("cannot make a folder in {}", parent.display()))?;
        let mark = format!("{:016x}", fastrand::u64(..));
        Ok(Self { keeper: None, folder, mark })
    }

    /// Where everything that the run writes is.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A folder below the run's; it is created if it does not exist.
    pub fn subfolder(&self, name: &str) -> Result<PathBuf> {
        let folder = self.folder.path().join(name);
        std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        Ok(folder)
    }

    /// Waits until the disk of the folder is full, and returns that as an error: the servers would fail one by one, without a word.
    pub async fn disk_is_full(&self) -> Error {
        loop {
            if let Some(full) = disk::is_full(self.folder.path()) {
                return anyhow!("{full}: free some space, or set TMPDIR to a folder on another disk");
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }

    /// Keeps the folder after the end.
    pub fn keep_folder(&mut self) {
        self.folder.disable_cleanup(true);
    }

    /// A command with the run's mark and next to nothing of this process's environment: no proxy, no `KUBECONFIG`, no personal
    /// setting.
    pub(crate) fn command(&self, program: &Path) -> Result<Command> {
        let mut command = Command::new(program);
        command.env_clear().env(MARK, &self.mark).env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("HOME", self.subfolder("home")?).env("TMPDIR", self.subfolder("tmp")?);
        Ok(command)
    }

    pub(crate) fn mark(&self) -> &str {
        &self.mark
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        let swept = keeper::sweep(&self.mark);
        // If the sweep has failed, the keeper tries once more: it is told nothing then.
        if let (Ok(_), Some(keeper)) = (swept, self.keeper.take()) {
            keeper.dismiss();
        }
    }
}

/// Ports of 127.0.0.1 that are free at the moment.
pub(crate) fn free_ports<const N: usize>() -> Result<[u16; N]> {
    // All are held until the last one is found, so that they differ.
    let mut listeners = Vec::new();
    let mut ports = [0; N];
    for port in &mut ports {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("cannot find a free port")?;
        *port = listener.local_addr()?.port();
        listeners.push(listener);
    }
    Ok(ports)
}

/// Whether another process listens on it.
pub(crate) fn is_taken(port: u16) -> bool {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_err()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_differ_and_a_taken_one_is_seen() {
        let ports = free_ports::<3>().unwrap();
        assert!(ports[0] != ports[1] && ports[1] != ports[2] && ports[0] != ports[2]);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        assert!(is_taken(port));
        drop(listener);
        assert!(!is_taken(port));
    }
}
