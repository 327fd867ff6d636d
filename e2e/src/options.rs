//! The command line; `e2e/run` writes the folders.

use anyhow::{Context, Result, bail};

use crate::scenario::Folders;

pub(crate) struct Options {
    /// The folder of etcd, kube-apiserver, kube-controller-manager and velero.
    pub(crate) programs: std::path::PathBuf,
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
        let (mut programs, mut ours, mut go) = (None, None, None);
        let (mut list, mut names) = (false, Vec::new());
        let mut arguments = arguments.into_iter();
        while let Some(argument) = arguments.next() {
            let mut folder = || arguments.next().with_context(|| format!("{argument} needs a folder"));
            match &*argument {
                "--programs" => programs = Some(folder()?.into()),
                "--ours" => ours = Some(folder()?.into()),
                "--go" => go = Some(folder()?.into()),
                "--list" => list = true,
                _ if argument.starts_with('-') => bail!("unknown option {argument}; there is --list"),
                _ => names.push(argument),
            }
        }
        let figures = matches!(&*names, [name] if name == "figures");
        let missing = "--programs, --ours and --go are missing: start e2e/run";
        let folders = Folders { ours: ours.context(missing)?, go: go.context(missing)? };
        Ok(Self { programs: programs.context(missing)?, folders, list, figures, names })
    }
}
