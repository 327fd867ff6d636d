//! The command line.

use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;

/// Fuzzes every reader of bytes that come from elsewhere, and compares what has an original with it. Prints a table and
/// exits with the number of findings.
#[derive(Debug, Parser)]
#[allow(clippy::struct_excessive_bools, reason = "flags")]
#[command(name = "reliability/run", version)]
pub(crate) struct Options {
    /// At most three minutes, for CI
    #[arg(long, conflicts_with = "long")]
    pub(crate) ci: bool,
    /// Hours: 10 million inputs and more, a million cases for each comparison
    #[arg(long)]
    pub(crate) long: bool,
    /// Seconds for each target and, without --long, the number of cases divided by 1,000
    #[arg(long, value_name = "SECONDS")]
    seconds: Option<u64>,
    /// Only these; a part of the name is enough
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,
    /// Run one input of the target in --only
    #[arg(long, value_name = "FILE", requires = "only")]
    pub(crate) input: Option<PathBuf>,
    /// Run one case of the comparison in --only
    #[arg(long, value_name = "NUMBER", requires = "only")]
    pub(crate) case: Option<u64>,
    /// The first case; another one gives other cases
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    pub(crate) first: u64,
    /// Show that each target finds a bug: apply the patches in `reliability/bugs` to a copy, and run it
    #[arg(long)]
    pub(crate) bugs: bool,
    /// Write the table to docs/reliability.md
    #[arg(long, conflicts_with = "only")]
    pub(crate) write: bool,
    /// Print the names
    #[arg(long)]
    pub(crate) list: bool,
    /// The target that AFL++ runs in this process
    #[arg(long, value_name = "NAME", hide = true)]
    pub(crate) target: Option<String>,
}

impl Options {
    pub(crate) fn selects(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| name.contains(only))
    }

    /// Whether a name is exactly the one in `--only`.
    pub(crate) fn names(&self, name: &str) -> bool {
        self.only.iter().any(|only| only == name)
    }

    /// The time for each target.
    pub(crate) fn time(&self) -> Duration {
        Duration::from_secs(match (self.seconds, self.ci, self.long) {
            (Some(seconds), ..) => seconds,
            (None, true, _) => 3,
            (None, _, true) => 15 * 60,
            (None, false, false) => 20,
        })
    }

    /// The number of cases for each comparison.
    pub(crate) fn cases(&self) -> u64 {
        match (self.seconds, self.ci, self.long) {
            (_, _, true) => 1_000_000,
            (Some(seconds), ..) => seconds * 1_000,
            (None, true, _) => 3_000,
            (None, false, false) => 50_000,
        }
    }
}
