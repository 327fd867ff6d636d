//! Differential tests: generated cases for our code and for its original in Go, which must agree.
//!
//! ```text
//! comparison (generates a case: a question, our answer) ─► twin (a process in Go) ─► the same answer, or a difference
//! ```

mod edits;
mod gob;
mod includes;
mod label_selectors;
mod patterns;
mod selects;
mod twin;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::sync_channel;
use std::thread;
use std::time::Instant;

use fastrand::Rng;
use serde_json::Value;

use crate::options::Options;
use crate::table::{Row, Table};
use twin::Twin;

/// The check of Go's answer.
type Check = Box<dyn FnOnce(&Value) -> Result<(), String> + Send>;

/// A case: the question for Go, and the check of its answer.
pub(crate) struct Case {
    question: Value,
    check: Check,
}

impl Case {
    /// A case in which Go's answer must be the same as ours, unless the original panics.
    fn same(question: Value, ours: Value) -> Self {
        let check = move |theirs: &Value| {
            if *theirs == ours || theirs["panicked"] == true {
                Ok(())
            } else {
                Err(format!("ours is {ours}, Go's is {theirs}"))
            }
        };
        Self { question, check: Box::new(check) }
    }
}

struct Comparison {
    name: &'static str,
    with: &'static str,
    case: fn(&mut Rng) -> Case,
}

const COMPARISONS: &[Comparison] = &[
    comparison("gob/go", "Go's encoding/gob", gob::case),
    comparison("label-selectors/go", "apimachinery's labels", label_selectors::case),
    comparison("globs/go", "gobwas/glob", patterns::case),
    comparison("includes/go", "Velero's IncludesExcludes", includes::case),
    comparison("selects/go", "Velero's filters of a backup", selects::case),
    comparison("edits/go", "apimachinery's unstructured objects", edits::case),
];

const fn comparison(name: &'static str, with: &'static str, case: fn(&mut Rng) -> Case) -> Comparison {
    Comparison { name, with, case }
}

/// The number of differences that are printed.
const PRINTED: u64 = 5;

/// The number of questions that wait for an answer.
const AHEAD: usize = 256;

pub(crate) fn list() {
    for Comparison { name, with, .. } in COMPARISONS {
        println!("{name:20} the same as {with}");
    }
}

/// The names of all comparisons.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    COMPARISONS.iter().map(|comparison| comparison.name)
}

pub(crate) fn run(options: &Options, table: &mut Table) -> Result<(), String> {
    for comparison in COMPARISONS.iter().filter(|comparison| options.selects(comparison.name)) {
        let row = comparison.run(options.first, options.cases())?;
        println!("{}: {} cases, {} differences", row.name, row.inputs, row.differences.unwrap_or_default());
        table.rows.push(row);
    }
    Ok(())
}

/// Runs one case, and prints the question.
pub(crate) fn repeat(options: &Options, number: u64) -> Result<usize, String> {
    let comparison = COMPARISONS.iter().find(|comparison| options.names(comparison.name));
    let comparison = comparison.ok_or("`--case` requires the name of a comparison in `--only`")?;
    println!("{:#}", (comparison.case)(&mut Rng::with_seed(number)).question);
    let row = comparison.run(number, 1)?;
    Ok(usize::from(row.differences != Some(0) || row.panics > 0))
}

impl Comparison {
    fn run(&self, first: u64, count: u64) -> Result<Row, String> {
        let start = Instant::now();
        let (twin, mut answers) = Twin::start()?;
        let (asked, waiting) = sync_channel(AHEAD);
        let ask = move || -> Result<u64, String> {
            let (mut twin, mut panics) = (twin, 0);
            twin.ask(&selects::cluster())?;
            for number in first..first + count {
                // The message is printed by the panic.
                if let Ok(Case { question, check }) =
                    catch_unwind(AssertUnwindSafe(|| (self.case)(&mut Rng::with_seed(number))))
                {
                    twin.ask(&question)?;
                    // The other end may have stopped.
                    if asked.send((number, check)).is_err() {
                        break;
                    }
                } else {
                    panics += 1;
                    eprintln!("  reliability/run --only {} --case {number}", self.name);
                }
            }
            Ok(panics)
        };
        let (differences, panics) = thread::scope(|scope| {
            let asking = scope.spawn(ask);
            answers.next()?;
            let mut differences = 0;
            for (number, check) in waiting {
                if let Err(difference) = check(&answers.next()?) {
                    differences += 1;
                    if differences <= PRINTED {
                        println!("  reliability/run --only {} --case {number}: {difference}", self.name);
                    }
                }
            }
            let panics = asking.join().map_err(|_| "the thread with the questions panicked".to_owned())??;
            Ok::<_, String>((differences, panics))
        })?;
        Ok(Row {
            name: self.name.to_owned(),
            inputs: count,
            time: start.elapsed(),
            panics,
            differences: Some(differences),
            ..Row::default()
        })
    }
}
