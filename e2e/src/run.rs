//! What all of one run shares: its folder, its mark, and where programs are.

use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use tempfile::TempDir;
use tokio::process::Command;

use crate::keeper::MARK;

/// A unix socket's path has 108 bytes at most, and plugins put theirs below the run's folder.
const LONGEST_FOLDER: usize = 50;

pub(crate) struct Run {
    folder: TempDir,
    /// Tells this run's processes from all others.
    pub(crate) mark: String,
    /// The folder of etcd, kube-apiserver, kube-controller-manager and velero.
    programs: PathBuf,
}

impl Run {
    pub(crate) fn new(programs: PathBuf) -> Result<Self> {
        let mut parent = std::env::temp_dir();
        if parent.as_os_str().len() > LONGEST_FOLDER {
            parent = "/tmp".into();
        }
        let folder = tempfile::Builder::new().prefix("plugwright-e2e-").tempdir_in(&parent);
        let folder = folder.with_context(|| parent.display().to_string())?;
        Ok(Self { folder, mark: format!("{:016x}", fastrand::u64(..)), programs })
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A folder below the run's, made if it is not there.
    pub(crate) fn subfolder(&self, name: &str) -> Result<PathBuf> {
        let folder = self.folder.path().join(name);
        std::fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
        Ok(folder)
    }

    /// A command that carries the run's mark and of this process's environment next to nothing: no proxy, no `KUBECONFIG`, no
    /// setting of somebody's.
    pub(crate) fn command(&self, program: &str) -> Result<Command> {
        let mut command = Command::new(self.programs.join(program));
        command.env_clear().env(MARK, &self.mark).env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("HOME", self.subfolder("home")?).env("TMPDIR", self.subfolder("tmp")?);
        Ok(command)
    }

    /// Leaves the folder where it is.
    pub(crate) fn keep_folder(&mut self) {
        self.folder.disable_cleanup(true);
    }
}

/// Ports of 127.0.0.1 that nobody listens on.
pub(crate) fn free_ports<const N: usize>() -> Result<[u16; N]> {
    // All are held until the last one is found, so that they differ.
    let mut listeners = Vec::new();
    let mut ports = [0; N];
    for port in &mut ports {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("looking for a free port")?;
        *port = listener.local_addr()?.port();
        listeners.push(listener);
    }
    Ok(ports)
}
