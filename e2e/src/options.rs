//! The command line. `e2e/run` passes the folders.

use anyhow::{Context, Result, bail};

use crate::scenario::Folders;

pub(crate) struct Options {
    pub(crate) folders: Folders,
    /// Only print the names of the scenarios.
    pub(crate) list: bool,
    /// Measure, without running scenarios.
    pub(crate) figures: bool,
    /// Kill at random moments, without running scenarios.
    pub(crate) kills: Option<Kills>,
    /// The name prefixes of the scenarios to run.
    pub(crate) names: Vec<String>,
}

/// The arguments of `kills`.
pub(crate) struct Kills {
    /// The number of moments.
    pub(crate) moments: u64,
    /// The number of the first moment.
    pub(crate) first: u64,
    /// Determines the moments.
    pub(crate) seed: u64,
    /// Kill the plugins in Go.
    pub(crate) twin: bool,
}

impl Options {
    pub(crate) fn parse(arguments: Vec<String>) -> Result<Self> {
        let (mut ours, mut go) = (None, None);
        let (mut list, mut names) = (false, Vec::new());
        let mut kills = Kills { moments: 200, first: 0, seed: fastrand::u64(..1_000_000), twin: false };
        let mut arguments = arguments.into_iter();
        while let Some(argument) = arguments.next() {
            let mut value =
                |what: &str| arguments.next().with_context(|| format!("{argument} requires {what}"));
            match &*argument {
                "--ours" => ours = Some(value("a folder")?.into()),
                "--go" => go = Some(value("a folder")?.into()),
                "--list" => list = true,
                "--moments" => kills.moments = number(&value("a number")?)?,
                "--first" => kills.first = number(&value("a number")?)?,
                "--seed" => kills.seed = number(&value("a number")?)?,
                "--twin" => kills.twin = true,
                _ if argument.starts_with('-') => {
                    bail!("unknown option {argument}; expected --list, or names of scenarios")
                }
                _ => names.push(argument),
            }
        }
        let is = |mode: &str| matches!(&*names, [name] if name == mode);
        let (figures, kills) = (is("figures"), is("kills").then_some(kills));
        let missing = "--ours and --go are missing; use e2e/run";
        let folders = Folders { ours: ours.context(missing)?, go: go.context(missing)? };
        Ok(Self { folders, list, figures, kills, names })
    }
}

fn number(text: &str) -> Result<u64> {
    text.parse().with_context(|| format!("expected a number, found `{text}`"))
}
