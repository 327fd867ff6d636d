//! Ends the processes of a run, even after `kill -9` of the run itself.
//!
//! Every process of a run inherits [`MARK`] in its environment, as do Velero's plugins. This identifies processes whose parent has
//! exited. The keeper is a second process of this program. The run holds the other end of its stdin.

use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use std::{fs, thread};

use anyhow::{Context, Result};
use rustix::io::Errno;
use rustix::process::{Pid, Signal, kill_process};

/// The variable with the mark of the run.
pub(crate) const MARK: &str = "PLUGWRIGHT_RUN";

/// The first argument of the keeper; see [`crate::entry`].
pub(crate) const ARGUMENT: &str = "plugwright-keeper";

/// The byte that the run writes before a regular exit.
const IN_ORDER: u8 = b'.';

/// The run's handle of the keeper.
pub(crate) struct Keeper(Child);

impl Keeper {
    /// Starts the keeper, before all other processes.
    pub(crate) fn start(mark: &str, folder: &Path) -> Result<Self> {
        use std::os::unix::process::CommandExt;
        let program = std::env::current_exe().context("cannot find the executable of this process")?;
        let keeper = Command::new(program)
            .arg(ARGUMENT)
            .arg(mark)
            .arg(folder)
            .stdin(Stdio::piped())
            // Ctrl-C must reach only the run, which then exits regularly.
            .process_group(0)
            .spawn()
            .context("cannot start the keeper")?;
        Ok(Self(keeper))
    }

    /// Tells the keeper that the run has ended all its processes.
    pub(crate) fn dismiss(mut self) {
        // An error means that the keeper has exited already.
        if let Some(mut stdin) = self.0.stdin.take() {
            let _ = stdin.write_all(&[IN_ORDER]);
        }
        let _ = self.0.wait();
    }
}

/// Runs the keeper: waits for the run to exit, then ends its processes.
pub(crate) fn keep(mark: &str, folder: &Path) -> Result<()> {
    let mut word = Vec::new();
    std::io::stdin().read_to_end(&mut word)?;
    if word == [IN_ORDER] {
        return Ok(());
    }
    let ended = sweep(mark)?;
    let shown = folder.display();
    match fs::remove_dir_all(folder) {
        Err(error) if folder.exists() => {
            eprintln!("the run was killed: ended its {ended} processes, but cannot remove {shown}: {error}");
        }
        _ => eprintln!("the run was killed: ended its {ended} processes and removed {shown}"),
    }
    Ok(())
}

/// Kills every process of the run, and returns their number.
pub(crate) fn sweep(mark: &str) -> Result<usize> {
    let mut ended = 0;
    // Repeat: between fork and exec, a process has the environment of its parent.
    for _ in 0..3 {
        loop {
            let alive = processes(mark)?;
            if alive.is_empty() {
                break;
            }
            for process in alive {
                match kill_process(process, Signal::KILL) {
                    Ok(()) => ended += 1,
                    Err(Errno::SRCH) => {}
                    Err(error) => {
                        return Err(error).with_context(|| format!("cannot kill process {process:?}"));
                    }
                }
            }
            thread::sleep(Duration::from_millis(20));
        }
        thread::sleep(Duration::from_millis(20));
    }
    Ok(ended)
}

/// All processes of the run, including children of children.
pub(crate) fn processes(mark: &str) -> Result<Vec<Pid>> {
    let mark = format!("{MARK}={mark}");
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc").context("cannot read /proc")? {
        let Ok(entry) = entry else { continue };
        let Some(id) = entry.file_name().to_str().and_then(|name| name.parse().ok()).and_then(Pid::from_raw)
        else {
            continue;
        };
        // The process may have exited, or belong to another user. A zombie has an empty environment.
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
    fn a_sweep_ends_only_the_processes_of_its_run() {
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
