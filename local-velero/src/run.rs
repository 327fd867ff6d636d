//! The state that all processes of a run share: the folder, the mark, and the keeper that ends them.

use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Error, Result, anyhow};
use tempfile::TempDir;
use tokio::process::Command;

use crate::disk;
use crate::keeper::{self, Keeper, MARK};

/// The path of a Unix socket has at most 108 bytes, and plugins create their sockets below the run's folder.
const LONGEST_FOLDER: usize = 40;

/// Dropping a run ends its processes and removes its folder. If this process is killed, the keeper does the same.
pub struct Run {
    /// `None` in tests and during the drop.
    keeper: Option<Keeper>,
    folder: TempDir,
    /// Identifies the processes of this run.
    mark: String,
}

impl Run {
    /// Creates a folder with this name prefix, and starts the keeper.
    pub fn start(prefix: &str) -> Result<Self> {
        let mut run = Self::without_keeper(prefix)?;
        run.keeper = Some(Keeper::start(&run.mark, run.folder.path())?);
        Ok(run)
    }

    /// For tests: a test executable cannot be the keeper.
    pub(crate) fn without_keeper(prefix: &str) -> Result<Self> {
        let mut parent = std::env::temp_dir();
        if parent.as_os_str().len() > LONGEST_FOLDER {
            parent = "/tmp".into();
        }
        let folder = tempfile::Builder::new().prefix(prefix).tempdir_in(&parent);
        let folder = folder.with_context(|| format!("cannot create a folder in {}", parent.display()))?;
        let mark = format!("{:016x}", fastrand::u64(..));
        Ok(Self { keeper: None, folder, mark })
    }

    /// The folder with all files of the run.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A folder below the run's folder. It is created if it does not exist.
    pub fn subfolder(&self, name: &str) -> Result<PathBuf> {
        let folder = self.folder.path().join(name);
        std::fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
        Ok(folder)
    }

    /// Waits until the disk of the folder is full, and returns an error. The servers' own errors would be misleading.
    pub async fn disk_is_full(&self) -> Error {
        loop {
            if let Some(full) = disk::is_full(self.folder.path()) {
                return anyhow!("{full}: free some space, or set TMPDIR to a folder on another disk");
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }

    /// Keeps the folder when the run is dropped.
    pub fn keep_folder(&mut self) {
        self.folder.disable_cleanup(true);
    }

    /// A command with the run's mark and a minimal environment, without the user's proxy, `KUBECONFIG` and other settings.
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
        // After a failed sweep, the keeper is not dismissed and tries again.
        if let (Ok(_), Some(keeper)) = (swept, self.keeper.take()) {
            keeper.dismiss();
        }
    }
}

/// Ports of 127.0.0.1 that are currently free.
pub(crate) fn free_ports<const N: usize>() -> Result<[u16; N]> {
    // Hold all ports until the last one is found, so that they differ.
    let mut listeners = Vec::new();
    let mut ports = [0; N];
    for port in &mut ports {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("cannot find a free port")?;
        *port = listener.local_addr()?.port();
        listeners.push(listener);
    }
    Ok(ports)
}

/// Whether another process listens on the port.
pub(crate) fn is_taken(port: u16) -> bool {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_err()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_differ_and_a_port_in_use_is_detected() {
        let ports = free_ports::<3>().unwrap();
        assert!(ports[0] != ports[1] && ports[1] != ports[2] && ports[0] != ports[2]);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        assert!(is_taken(port));
        drop(listener);
        assert!(!is_taken(port));
    }
}
