//! The command line; `e2e/run` writes the folders.

use anyhow::{Context, Result, bail};

use crate::scenario::Folders;

pub(crate) struct Options {
    pub(crate) folders: Folders,
    /// Print the names of the scenarios, and no more.
    pub(crate) list: bool,
    /// Measure, and play nothing.
    pub(crate) figures: bool,
    /// How the names of the scenarios begin that are to be played.
    pub(crate) names: Vec<String>,
}

impl Options {
    pub(crate) fn parse(arguments: Vec<String>) -> Result<Self> {
        let (mut ours, mut go) = (None, None);
        let (mut list, mut names) = (false, Vec::new());
        let mut arguments = arguments.into_iter();
        while let Some(argument) = arguments.next() {
            let mut folder = || arguments.next().with_context(|| format!("{argument} needs a folder"));
            match &*argument {
                "--ours" => ours = Some(folder()?.into()),
                "--go" => go = Some(folder()?.into()),
                "--list" => list = true,
                _ if argument.starts_with('-') => bail!("unknown option {argument}; there is --list"),
                _ => names.push(argument),
            }
        }
        let figures = matches!(&*names, [name] if name == "figures");
        let missing = "--ours and --go are missing: start e2e/run";
        let folders = Folders { ours: ours.context(missing)?, go: go.context(missing)? };
        Ok(Self { folders, list, figures, names })
    }
}
