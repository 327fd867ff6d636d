//! Runs the installed Go toolchain.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, Result, anyhow, bail};
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// The version that the modules require.
const NEEDED: &str = "Go 1.26 or later";

/// The number of lines of Go's output that an error quotes.
const LAST_LINES: usize = 8;

/// Go, in a folder with a module.
pub(super) struct Go {
    pub(super) folder: PathBuf,
}

impl Go {
    /// Fails if Go is missing or too old.
    pub(super) fn find(folder: &Path) -> Result<Self> {
        let cure = format!("install {NEEDED} from https://go.dev/dl, and add its `bin` folder to PATH");
        let output = match std::process::Command::new("go").args(["env", "GOVERSION", "GOTOOLCHAIN"]).output()
        {
            Ok(output) => output,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                bail!("cannot find Go, which is required to build Velero and the API server: {cure}")
            }
            Err(error) => return Err(error).context("cannot run `go`"),
        };
        let said = String::from_utf8_lossy(&output.stdout);
        let mut lines = said.lines();
        let (version, toolchain) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
        // Since 1.21, Go downloads the version that a module requires, unless GOTOOLCHAIN forbids it.
        let (minimum, problem) =
            if toolchain == "local" { (26, ", and GOTOOLCHAIN=local") } else { (21, "") };
        match minor(version) {
            Some(minor) if minor < minimum => bail!("expected {NEEDED}, found {version}{problem}: {cure}"),
            _ => Ok(Self { folder: folder.to_owned() }),
        }
    }

    /// Runs a command, and returns its stdout.
    pub(super) async fn run(&self, arguments: &[&str]) -> Result<String> {
        let mut command = self.command(arguments);
        let child =
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().context("cannot run `go`")?;
        let _group = Group::of(&child);
        let output = child.wait_with_output().await.context("cannot run `go`")?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        let errors = String::from_utf8_lossy(&output.stderr);
        let lines: Vec<_> = errors.lines().filter(|line| !is_about_downloads(line)).collect();
        let lines = &lines[lines.len().saturating_sub(LAST_LINES)..];
        Err(failed(arguments, lines.join("\n  ").as_str()))
    }

    /// The number of packages of a program.
    pub(super) async fn count_packages(&self, package: &str) -> Result<usize> {
        Ok(self.run(&["list", "-mod=readonly", "-deps", package]).await?.lines().count())
    }

    /// Builds a program, and calls back with the number of compiled packages.
    pub(super) async fn build(
        &self,
        package: &str,
        linker_flags: &str,
        output: &Path,
        compiling: impl Fn(usize),
    ) -> Result<()> {
        let arguments = ["build", "-v", "-mod=readonly", "-trimpath", "-ldflags", linker_flags, "-o"];
        let mut command = self.command(&arguments);
        command.arg(output).arg(package).stderr(Stdio::piped());
        let mut child = command.spawn().context("cannot run `go`")?;
        let _group = Group::of(&child);
        let mut others = VecDeque::new();
        if let Some(stderr) = child.stderr.take() {
            let mut lines = BufReader::new(stderr).lines();
            let mut number = 0;
            while let Some(line) = lines.next_line().await.context("cannot read Go's output")? {
                // With -v, Go prints the path of each package on its own line.
                if !line.contains([' ', ':']) {
                    number += 1;
                    compiling(number);
                } else if !is_about_downloads(&line) {
                    others.push_back(line);
                    if others.len() > LAST_LINES {
                        others.pop_front();
                    }
                }
            }
        }
        if child.wait().await.context("cannot wait for Go")?.success() {
            return Ok(());
        }
        let lines: Vec<_> = others.into_iter().collect();
        Err(failed(&["build", package], &lines.join("\n  ")))
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("go");
        // Ctrl-C reaches only this process, which interrupts Go.
        command.args(arguments).current_dir(&self.folder).stdin(Stdio::null()).process_group(0);
        command.env("GOTMPDIR", &self.folder);
        // Ignore the user's flags and a workspace around the folder.
        command.env("CGO_ENABLED", "0").env("GOFLAGS", "-buildvcs=false").env("GOWORK", "off");
        command
    }
}

/// The process group of Go and its compilers. Dropping it interrupts them if they are still running.
struct Group(Option<Pid>);

impl Group {
    fn of(child: &Child) -> Self {
        Self(child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw))
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // On an interrupt, Go removes its temporary files. After Go's exit, the group is empty.
        if let Some(group) = self.0 {
            let _ = kill_process_group(group, Signal::INT);
        }
    }
}

fn is_about_downloads(line: &str) -> bool {
    line.starts_with("go: downloading ")
}

fn failed(arguments: &[&str], said: &str) -> anyhow::Error {
    let hint = if said.contains("no space left on device") {
        "the disk is full: free some space and run the command again to continue the build"
    } else if [
        "dial tcp",
        "no such host",
        "proxyconnect",
        "connection refused",
        "i/o timeout",
        "TLS handshake",
    ]
    .iter()
    .any(|sign| said.contains(sign))
    {
        "the first build requires network access: run the command again to continue the build"
    } else {
        "run the command again to continue the build"
    };
    anyhow!("`go {}` failed:\n  {said}\n{hint}", arguments.join(" "))
}

/// The minor version in `go1.26.8`; `None` for a development version.
fn minor(version: &str) -> Option<u32> {
    let digits = version.strip_prefix("go1.")?;
    digits.split(|character: char| !character.is_ascii_digit()).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_minor_version_is_parsed() {
        assert_eq!(["go1.26.8", "go1.9rc1", "devel +1234", ""].map(minor), [Some(26), Some(9), None, None]);
    }

    #[test]
    fn a_failure_names_the_fix() {
        for (said, cure) in [
            ("write /x: no space left on device", "the disk is full"),
            ("dial tcp: lookup proxy: no such host", "requires network access"),
            ("undefined: x", "to continue the build"),
        ] {
            let error = failed(&["build", "p"], said).to_string();
            assert!(error.starts_with("`go build p` failed:\n  ") && error.contains(cure), "{error}");
        }
    }
}
