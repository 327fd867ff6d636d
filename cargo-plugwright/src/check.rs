//! `cargo plugwright check`
//!
//! ```text
//! the file ─ elf (what it is) ─ hosts (where that runs) ─┐
//! the process ─ plugins (what a host sees) ──────────────┼ findings → text | json
//! the crate ─ linked (what the linker has left out) ─────┘
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
use crate::failure::{Failure, OrFail};
use crate::image::{Platform, build};
use crate::progress::Progress;
use crate::style;
use finding::{Finding, Level};

/// Say what would go wrong with a plugin when it is deployed
///
/// A crate is built as `image` builds it: with the release profile, statically. Then the file is looked at (processor, C library, symbols, size), and the
/// plugin is started as its hosts start it (handshake, names, selectors, the oldest Velero that takes all of it). Of a crate,
/// plugins are found that are declared in a library and did not make it into the binary.
///
/// `panic = "abort"` needs no check: with it a plugin does not build.
///
/// The exit status is 1 where there is an error, and with --deny-warnings also where there is a warning.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// A plugin binary, or the folder of a crate, which is built first
    #[arg(value_name = "BINARY|CRATE", default_value = ".")]
    path: PathBuf,
    #[command(flatten)]
    choice: Choice,
    /// Take warnings for errors
    #[arg(long)]
    deny_warnings: bool,
    /// The form of the list
    #[arg(long, short, value_enum, default_value_t = Output::Text)]
    output: Output,
}

#[derive(Clone, Copy, ValueEnum)]
enum Output {
    Text,
    Json,
}

pub(crate) async fn run(args: Args) -> Result<ExitCode, Failure> {
    let (binary, libraries) = binary(&args).await?;
    let content = std::fs::read(&binary).or_fail(format_args!("cannot read {}", binary.display()))?;
    let mut findings = Vec::new();
    match elf::read(&content) {
        Err(problem) => findings.push(Finding::error(
            problem,
            "Hosts run on Linux: give a binary that was built for it. `cargo plugwright image` builds one",
        )),
        Ok(facts) => {
            let seen = plugins::look(&binary, &facts).await;
            findings.extend(hosts::findings(&facts, seen.is_for_velero(), seen.is_for_access()));
            findings.push(elf::findings(&facts));
            findings.extend(linked::findings(&libraries, &seen));
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

/// The file, and the libraries that were there when it was linked.
async fn binary(args: &Args) -> Result<(PathBuf, Vec<Library>), Failure> {
    if !is_crate(&args.path) {
        args.choice.refuse_for(&args.path)?;
        return Ok((args.path.clone(), Vec::new()));
    }
    let package = Package::find(&args.path, &args.choice).await?;
    let progress = Progress::new();
    let mut built = build(&package, &[Platform::of_host()?], &progress).await?;
    match built.pop() {
        Some((_, built)) => Ok((built.executable, built.libraries)),
        None => Err(Failure::new("nothing was built")),
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
