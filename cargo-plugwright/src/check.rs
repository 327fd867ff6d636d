//! `cargo plugwright check`
//!
//! ```text
//! file ─ elf (format) ─ hosts (C libraries) ───────────┐
//! process ─ plugins (as a host lists them) ────────────┼ findings → text | json
//! crate ─ linked (plugins omitted by the linker) ──────┘
//! ```

mod elf;
mod finding;
mod hosts;
mod linked;
mod plugins;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::ValueEnum;
use serde_json::json;

use crate::cargo::{Choice, Library, Package, is_crate};
use crate::declared::Declared;
use crate::failure::{Failure, OrFail};
use crate::image::{Platform, build};
use crate::progress::Progress;
use crate::style;
use finding::{Finding, Level};

/// Check a plugin for problems that would otherwise appear in a cluster
///
/// Builds a crate as `image` does: static, with the release profile. Inspects the file (architecture, C library, symbols,
/// size) and starts the plugin as its hosts do (handshake, names, selectors, the oldest supported Velero). For a crate, also
/// reports plugins in libraries that the linker omitted, and invalid metadata.
///
/// Exits with status 1 on errors, and with --deny-warnings also on warnings.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// A plugin binary, or the folder of a crate to build first
    #[arg(value_name = "BINARY|CRATE", default_value = ".")]
    path: PathBuf,
    #[command(flatten)]
    choice: Choice,
    /// Treat warnings as errors
    #[arg(long)]
    deny_warnings: bool,
    /// The output format
    #[arg(long, short, value_enum, default_value_t = Output::Text)]
    output: Output,
}

#[derive(Clone, Copy, ValueEnum)]
enum Output {
    Text,
    Json,
}

pub(crate) async fn run(args: Args) -> Result<ExitCode, Failure> {
    let Subject { binary, libraries, package } = subject(&args).await?;
    let content = std::fs::read(&binary).or_fail(format_args!("cannot read {}", binary.display()))?;
    let mut findings = Vec::new();
    match elf::read(&content) {
        Err(problem) => findings.push(Finding::error(
            problem,
            "Hosts run on Linux; `cargo plugwright image` builds a binary for it",
        )),
        Ok(facts) => {
            let seen = plugins::look(&binary, &facts).await;
            findings.extend(hosts::findings(&facts, seen.is_for_velero(), seen.is_for_access()));
            findings.push(elf::findings(&facts));
            findings.extend(linked::findings(&libraries, &seen));
            if let Some(package) = &package {
                findings.extend(declared(package, &seen));
            }
            findings.extend(seen.findings);
        }
    }
    findings.sort_by_key(|finding| finding.level);
    match args.output {
        Output::Text => text(&binary, content.len(), &findings)?,
        Output::Json => writeln!(
            anstream::stdout(),
            "{:#}",
            json!({
                "binary": binary.display().to_string(),
                "size": content.len(),
                "findings": findings.iter().map(Finding::json).collect::<Vec<_>>(),
            })
        )?,
    }
    let worst = if args.deny_warnings { Level::Warning } else { Level::Error };
    Ok(ExitCode::from(u8::from(findings.iter().any(|finding| finding.level >= worst))))
}

/// Reads a program, and describes what it found, as `run` does.
pub(crate) fn read_elf(content: &[u8]) -> Result<(), String> {
    let facts = elf::read(content)?;
    let _ = (elf::findings(&facts), hosts::findings(&facts, true, true), facts.runs_here());
    Ok(())
}

/// Checks the crate's own metadata.
fn declared(package: &Package, seen: &plugins::Seen) -> Vec<Finding> {
    let mut findings = match Declared::read(package.metadata()) {
        Ok(declared) => plugins::settings(&declared, seen),
        Err(problems) => {
            let invalid = |problem| Finding::error(format!("[package.metadata.plugwright]: {problem}"), "");
            problems.into_iter().map(invalid).collect()
        }
    };
    findings.extend(package.version_problem().map(|problem| Finding::warning(problem, "")));
    findings
}

struct Subject {
    binary: PathBuf,
    /// The libraries passed to the linker.
    libraries: Vec<Library>,
    /// `None` for a binary.
    package: Option<Package>,
}

async fn subject(args: &Args) -> Result<Subject, Failure> {
    if !is_crate(&args.path) {
        args.choice.refuse_for(&args.path)?;
        return Ok(Subject { binary: args.path.clone(), libraries: Vec::new(), package: None });
    }
    let package = Package::find(&args.path, &args.choice).await?;
    let progress = Progress::new();
    let mut built = build(&package, &[Platform::of_host()?], &progress).await?;
    match built.pop() {
        Some((_, built)) => {
            Ok(Subject { binary: built.executable, libraries: built.libraries, package: Some(package) })
        }
        None => Err(Failure::new("Cargo built no binary")),
    }
}

fn text(binary: &Path, size: usize, findings: &[Finding]) -> Result<(), Failure> {
    let heading = style::HEADING;
    let mut out = anstream::stdout();
    writeln!(out, "{heading}{}{heading:#}, {}\n", binary.display(), crate::image::size(size))?;
    for finding in findings {
        finding.print(&mut out)?;
    }
    let count = |level| findings.iter().filter(|finding| finding.level == level).count();
    let (errors, warnings) = (count(Level::Error), count(Level::Warning));
    let plural = |n: usize| if n == 1 { "" } else { "s" };
    writeln!(out, "\n{errors} error{}, {warnings} warning{}", plural(errors), plural(warnings))?;
    Ok(())
}
