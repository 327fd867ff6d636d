//! Ends what a run has started, also where the run itself cannot: after `kill -9`.
//!
//! Every process of a run has [`MARK`] in its environment, and hands it on to its own: Velero to its plugins. So a process that has
//! lost its parent is still found. The keeper is this program once more, with the run at the other end of its stdin.

use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use std::{fs, thread};

use anyhow::{Context, Result};
use rustix::io::Errno;
use rustix::process::{Pid, Signal, kill_process};

/// The variable whose value is the run.
pub(crate) const MARK: &str = "PLUGWRIGHT_E2E_RUN";

/// What the run says before it goes in order.
const IN_ORDER: u8 = b'.';

/// The run's end of the keeper.
pub(crate) struct Keeper(Child);

impl Keeper {
    /// Starts it, before anything else is started.
    pub(crate) fn start(run: &str, folder: &Path) -> Result<Self> {
        use std::os::unix::process::CommandExt;
        let program = std::env::current_exe().context("this program's own file")?;
        let keeper = Command::new(program)
            .arg("keeper")
            .arg(run)
            .arg(folder)
            .stdin(Stdio::piped())
            // Ctrl-C is for the run, which ends in order then.
            .process_group(0)
            .spawn()
            .context("starting the keeper")?;
        Ok(Self(keeper))
    }

    /// The run has ended everything itself.
    pub(crate) fn dismiss(mut self) -> Result<()> {
        self.0.stdin.take().context("the keeper's stdin")?.write_all(&[IN_ORDER])?;
        self.0.wait()?;
        Ok(())
    }
}

/// The keeper itself: waits for the end of the run.
pub(crate) fn keep(run: &str, folder: &Path) -> Result<()> {
    let mut word = Vec::new();
    std::io::stdin().read_to_end(&mut word)?;
    if word != [IN_ORDER] {
        let ended = sweep(run)?;
        let folder = folder.display();
        eprintln!("e2e: the run was killed; ended {ended} processes of it, its files are in {folder}");
    }
    Ok(())
}

/// Kills every process of the run, and says how many there were.
pub(crate) fn sweep(run: &str) -> Result<usize> {
    let mut ended = 0;
    // A process that is just being started has the environment of its parent until it is.
    for _ in 0..3 {
        loop {
            let alive = processes(run)?;
            if alive.is_empty() {
                break;
            }
            for process in alive {
                match kill_process(process, Signal::KILL) {
                    Ok(()) => ended += 1,
                    Err(Errno::SRCH) => {}
                    Err(error) => return Err(error).with_context(|| format!("killing process {process:?}")),
                }
            }
            thread::sleep(Duration::from_millis(20));
        }
        thread::sleep(Duration::from_millis(20));
    }
    Ok(ended)
}

/// The processes that the run has started, and theirs.
pub(crate) fn processes(run: &str) -> Result<Vec<Pid>> {
    let mark = format!("{MARK}={run}");
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc").context("/proc")? {
        let Ok(entry) = entry else { continue };
        let Some(id) = entry.file_name().to_str().and_then(|name| name.parse().ok()).and_then(Pid::from_raw)
        else {
            continue;
        };
        // A process that has gone, or is someone else's. One that has ended and was not waited for has no environment.
        let Ok(environment) = fs::read(entry.path().join("environ")) else { continue };
        if environment.split(|byte| *byte == 0).any(|variable| variable == mark.as_bytes()) {
            found.push(id);
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sleeper(run: &str) -> Child {
        Command::new("sleep").arg("60").env(MARK, run).spawn().unwrap()
    }

    #[test]
    fn a_sweep_ends_the_processes_of_one_run() {
        let run = format!("test-{}", std::process::id());
        let other = format!("{run}-other");
        let (mut first, mut second, mut others) = (sleeper(&run), sleeper(&run), sleeper(&other));
        while processes(&run).unwrap().len() < 2 {
            thread::yield_now();
        }
        assert!(sweep(&run).unwrap() >= 2);
        assert!(!first.wait().unwrap().success() && !second.wait().unwrap().success());
        assert!(processes(&run).unwrap().is_empty());
        assert!(others.try_wait().unwrap().is_none());
        others.kill().unwrap();
        others.wait().unwrap();
    }
}
