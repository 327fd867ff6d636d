//! The command line. `e2e/run` passes the folders.

use anyhow::{Context, Result, bail};

use crate::scenario::Folders;

pub(crate) struct Options {
    pub(crate) folders: Folders,
    /// Only print the names of the scenarios.
    pub(crate) list: bool,
    /// Measure, without running scenarios.
    pub(crate) figures: bool,
    /// The name prefixes of the scenarios to run.
    pub(crate) names: Vec<String>,
}

impl Options {
    pub(crate) fn parse(arguments: Vec<String>) -> Result<Self> {
        let (mut ours, mut go) = (None, None);
        let (mut list, mut names) = (false, Vec::new());
        let mut arguments = arguments.into_iter();
        while let Some(argument) = arguments.next() {
            let mut folder = || arguments.next().with_context(|| format!("{argument} requires a folder"));
            match &*argument {
                "--ours" => ours = Some(folder()?.into()),
                "--go" => go = Some(folder()?.into()),
                "--list" => list = true,
                _ if argument.starts_with('-') => {
                    bail!("unknown option {argument}; expected --list, or names of scenarios")
                }
                _ => names.push(argument),
            }
        }
        let figures = matches!(&*names, [name] if name == "figures");
        let missing = "--ours and --go are missing; use e2e/run";
        let folders = Folders { ours: ours.context(missing)?, go: go.context(missing)? };
        Ok(Self { folders, list, figures, names })
    }
}
