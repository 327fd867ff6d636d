//! The Go toolchain of this machine.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, Result, anyhow, bail};
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// The version that the modules name.
const NEEDED: &str = "Go 1.26 or later";

/// How much of what Go says an error quotes.
const LAST_LINES: usize = 8;

/// Go, in a folder with a module.
pub(super) struct Go {
    pub(super) folder: PathBuf,
}

impl Go {
    /// An error if Go is missing, or cannot be of the version that is needed.
    pub(super) fn find(folder: &Path) -> Result<Self> {
        let cure = format!("install {NEEDED} from https://go.dev/dl, and add its `bin` folder to PATH");
        let output = match std::process::Command::new("go").args(["env", "GOVERSION", "GOTOOLCHAIN"]).output()
        {
            Ok(output) => output,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                bail!("cannot find Go, which builds Velero and the API server once: {cure}")
            }
            Err(error) => return Err(error).context("cannot run `go`"),
        };
        let said = String::from_utf8_lossy(&output.stdout);
        let mut lines = said.lines();
        let (version, toolchain) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
        // From 1.21 on, Go downloads the version that a module needs, unless it is told not to.
        let (minimum, problem) =
            if toolchain == "local" { (26, ", and GOTOOLCHAIN=local") } else { (21, "") };
        match minor(version) {
            Some(minor) if minor < minimum => bail!("expected {NEEDED}, found {version}{problem}: {cure}"),
            _ => Ok(Self { folder: folder.to_owned() }),
        }
    }

    /// Runs a command, and returns what it prints.
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

    /// How many packages a program has.
    pub(super) async fn count_packages(&self, package: &str) -> Result<usize> {
        Ok(self.run(&["list", "-mod=readonly", "-deps", package]).await?.lines().count())
    }

    /// Builds a program, and tells the number of each package that it compiles.
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
            while let Some(line) = lines.next_line().await.context("cannot read what Go says")? {
                // The path of a package is all that such a line has.
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
        // Ctrl-C is for us, and we tell Go.
        command.args(arguments).current_dir(&self.folder).stdin(Stdio::null()).process_group(0);
        command.env("GOTMPDIR", &self.folder);
        // A workspace around the folder is none of its business, nor are flags for somebody's own builds.
        command.env("CGO_ENABLED", "0").env("GOFLAGS", "-buildvcs=false").env("GOWORK", "off");
        command
    }
}

/// Go, and the compilers that it has started. They are interrupted when this is dropped before they have ended.
struct Group(Option<Pid>);

impl Group {
    fn of(child: &Child) -> Self {
        Self(child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw))
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // An interrupted Go removes its temporary files. Of one that has ended, no process is left in the group.
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
        "the disk is full: free some space and run the command again; the build continues where it stopped"
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
        "the first build needs the network: run the command again when it is available; the build continues where it stopped"
    } else {
        "run the command again to continue the build"
    };
    anyhow!("`go {}` failed:\n  {said}\n{hint}", arguments.join(" "))
}

/// Of `go1.26.8`; none for a development version.
fn minor(version: &str) -> Option<u32> {
    let digits = version.strip_prefix("go1.")?;
    digits.split(|character: char| !character.is_ascii_digit()).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_minor_version_is_read() {
        assert_eq!(["go1.26.8", "go1.9rc1", "devel +1234", ""].map(minor), [Some(26), Some(9), None, None]);
    }

    #[test]
    fn a_failure_has_a_cure() {
        for (said, cure) in [
            ("write /x: no space left on device", "the disk is full"),
            ("dial tcp: lookup proxy: no such host", "needs the network"),
            ("undefined: x", "to continue the build"),
        ] {
            let error = failed(&["build", "p"], said).to_string();
            assert!(error.starts_with("`go build p` failed:\n  ") && error.contains(cure), "{error}");
        }
    }
}
