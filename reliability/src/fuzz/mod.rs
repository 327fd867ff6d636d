//! Fuzzing: AFL++ runs this program for each target, and mutates the inputs that reach new code.
//!
//! ```text
//! run ─ campaign (afl-fuzz, one for each target) ─► this program --target NAME ─ process ─ targets
//! ```

mod campaign;
mod process;
mod targets;

use std::fs;
use std::path::Path;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::thread;

use crate::options::Options;
use crate::table::{Row, Table};
pub(crate) use campaign::Campaign;
use targets::{TARGETS, Target};

/// The number of targets that run at the same time.
const JOBS: usize = 2;

fn find(name: &str) -> Result<&'static Target, String> {
    TARGETS
        .iter()
        .find(|target| target.name == name)
        .ok_or_else(|| format!("no target has the name `{name}`; `--list` prints the names"))
}

pub(crate) fn list() {
    for Target { name, reads, .. } in TARGETS {
        println!("{name:20} {reads}");
    }
}

/// The names of all targets.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    TARGETS.iter().map(|target| target.name)
}

/// Serves inputs to AFL++.
pub(crate) fn serve(name: &str) -> Result<(), String> {
    process::serve(find(name)?)
}

/// Runs one input again.
pub(crate) fn repeat(options: &Options, file: &Path) -> Result<(), String> {
    let input = fs::read(file).map_err(|error| format!("cannot read {}: {error}", file.display()))?;
    let target = TARGETS.iter().find(|target| options.names(target.name));
    let target =
        target.ok_or("`--input` requires the name of a target in `--only`; `--list` prints the names")?;
    process::repeat(target, &input);
    println!("{}: {} bytes, no finding", target.name, input.len());
    Ok(())
}

pub(crate) fn run(options: &Options, table: &mut Table) -> Result<(), String> {
    let selected: Vec<_> = TARGETS.iter().filter(|target| options.selects(target.name)).collect();
    let (next, rows) = (Mutex::new(selected.iter().enumerate()), Mutex::new(Vec::new()));
    let work = || -> Result<(), String> {
        loop {
            let Some((index, target)) = next.lock().unwrap_or_else(PoisonError::into_inner).next() else {
                return Ok(());
            };
            let campaign = Campaign::of(target.name)?;
            let row = campaign.run(options.time())?;
            report(&campaign, &row);
            rows.lock().unwrap_or_else(PoisonError::into_inner).push((index, row));
        }
    };
    thread::scope(|scope| {
        let workers: Vec<_> = (0..JOBS).map(|_| scope.spawn(work)).collect();
        workers
            .into_iter()
            .try_for_each(|worker| worker.join().map_err(|_| "a worker panicked".to_owned())?)
    })?;
    let mut rows = rows.into_inner().unwrap_or_else(PoisonError::into_inner);
    rows.sort_by_key(|(index, _)| *index);
    table.rows.extend(rows.into_iter().map(|(_, row)| row));
    Ok(())
}

fn report(campaign: &Campaign, row: &Row) {
    let Row { name, inputs, panics, hangs, .. } = row;
    println!("{name}: {inputs} inputs, {panics} panics, {hangs} hangs");
    for file in campaign.findings() {
        println!("  reliability/run --only {name} --input {}", file.display());
    }
}
