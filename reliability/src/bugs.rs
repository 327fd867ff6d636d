//! Shows that each target finds a bug: `reliability/bugs` contains a patch with one for each.
//!
//! All patches are applied to one copy of the workspace, which is built once. Each patch begins with `Expect: `, and the
//! text that a finding of this bug prints, so that a finding of another one does not count.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::fuzz::Campaign;
use crate::options::Options;
use crate::{differential, fuzz};

const PATCHES: &str = "reliability/bugs";
const FOLDER: &str = "target/reliability/bugs";

/// The time for each target, in rounds, because a finding of the expected bug ends the search.
const ROUND: Duration = Duration::from_secs(10);
const ROUNDS: usize = 6;

struct Bug {
    name: &'static str,
    /// The text of a finding.
    expected: String,
}

/// Returns the number of bugs that were not found.
pub(crate) fn run(options: &Options) -> Result<usize, String> {
    let selected = |name: &&'static str| options.selects(name);
    let bugs = |names: Vec<&'static str>| names.into_iter().map(read).collect::<Result<Vec<_>, _>>();
    let targets = bugs(fuzz::names().filter(selected).collect())?;
    let comparisons = bugs(differential::names().filter(selected).collect())?;
    let program = build()?;
    let mut missed = 0;
    for bug in &targets {
        missed += usize::from(!report(bug, find(bug, &program)?.as_deref()));
    }
    for bug in &comparisons {
        missed += usize::from(!report(bug, compare(bug, &program)?.as_deref()));
    }
    println!("{missed} of {} bugs were not found", targets.len() + comparisons.len());
    Ok(missed)
}

fn report(bug: &Bug, found: Option<&str>) -> bool {
    match found {
        Some(how) => println!("{:20} found: {how}", bug.name),
        None => println!("{:20} MISSED: expected a finding with `{}`", bug.name, bug.expected),
    }
    found.is_some()
}

fn read(name: &'static str) -> Result<Bug, String> {
    let file = Path::new(PATCHES).join(format!("{}.patch", name.replace('/', "-")));
    let text =
        fs::read_to_string(&file).map_err(|error| format!("cannot read {}: {error}", file.display()))?;
    let expected = text.lines().next().and_then(|line| line.strip_prefix("Expect: "));
    let expected =
        expected.ok_or_else(|| format!("{}: the first line must begin with `Expect: `", file.display()))?;
    Ok(Bug { name, expected: expected.to_owned() })
}

/// Builds the copy with all bugs.
fn build() -> Result<PathBuf, String> {
    let status = Command::new("reliability/bugs/build").arg(FOLDER).status();
    let status = status.map_err(|error| format!("cannot start reliability/bugs/build: {error}"))?;
    if !status.success() {
        return Err(format!("reliability/bugs/build ended with {status}"));
    }
    fs::canonicalize(Path::new(FOLDER).join("target/bin"))
        .map_err(|error| format!("cannot find the program: {error}"))
}

/// Runs the target until it finds the bug; returns what the finding prints.
fn find(bug: &Bug, program: &Path) -> Result<Option<String>, String> {
    for round in 1..=ROUNDS {
        let folder = Path::new(FOLDER).join("fuzz");
        let campaign = Campaign::with(bug.name, program.to_owned(), &folder)?;
        let row = campaign.run(ROUND * u32::try_from(round).unwrap_or(1))?;
        for input in campaign.findings() {
            let mut again = Command::new(program);
            again.args(["--only", bug.name, "--input"]).arg(&input).env_remove("RUST_BACKTRACE");
            if let Some(line) = expected_line(bug, &mut again)? {
                return Ok(Some(format!("after at most {} inputs: {line}", row.inputs)));
            }
        }
    }
    Ok(None)
}

/// Runs the comparison; returns the first difference.
fn compare(bug: &Bug, program: &Path) -> Result<Option<String>, String> {
    let mut run = Command::new(program);
    run.args(["--only", bug.name, "--seconds", "20"]).env_remove("RUST_BACKTRACE");
    expected_line(bug, &mut run)
}

/// The line of the output with the expected text.
fn expected_line(bug: &Bug, command: &mut Command) -> Result<Option<String>, String> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("cannot start the program: {error}"))?;
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text);
    let line = text.lines().find(|line| line.contains(&bug.expected));
    Ok(line.map(|line| line.trim().chars().take(160).collect()))
}
