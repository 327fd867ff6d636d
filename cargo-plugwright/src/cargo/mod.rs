//! Cargo's part of the work: which crate, which of its binaries, and where it is when it is built.

mod build;
mod package;

use std::path::{Path, PathBuf};

use crate::failure::Failure;

pub(crate) use build::{Build, Built, Library};
pub(crate) use package::Package;

/// A plugin binary, or the crate of one.
#[derive(clap::Args)]
pub(crate) struct Subject {
    /// A plugin binary, or the folder of a crate, which is built first
    #[arg(value_name = "BINARY|CRATE", default_value = ".")]
    pub(crate) path: PathBuf,
    #[command(flatten)]
    pub(crate) choice: Choice,
    /// Build the crate with the release profile
    #[arg(long, help_heading = "Crate options")]
    pub(crate) release: bool,
}

/// What of a crate is meant.
#[derive(clap::Args, Default)]
pub(crate) struct Choice {
    /// The package, in a workspace of several
    #[arg(long, short, value_name = "NAME", help_heading = "Crate options")]
    pub(crate) package: Option<String>,
    /// The binary target, of a package with several
    #[arg(long, value_name = "NAME", help_heading = "Crate options")]
    pub(crate) bin: Option<String>,
    /// Features of the crate to turn on
    #[arg(long, short = 'F', value_name = "FEATURES", help_heading = "Crate options")]
    pub(crate) features: Vec<String>,
}

impl Choice {
    /// All of it is for crates only.
    pub(crate) fn refuse_for(&self, binary: &Path) -> Result<(), Failure> {
        if self.package.is_none() && self.bin.is_none() && self.features.is_empty() {
            return Ok(());
        }
        let binary = binary.display();
        Err(Failure::new(format!(
            "{binary} is no folder of a crate: --package, --bin and --features are for crates"
        )))
    }
}

impl Subject {
    /// The path of the binary; a crate is built now.
    pub(crate) async fn binary(&self) -> Result<PathBuf, Failure> {
        let Some(package) = self.package().await? else { return Ok(self.path.clone()) };
        let build = Build { release: self.release, ..Build::default() };
        Ok(build.run(&package).await?.executable)
    }

    /// The crate; none where the path is a binary's.
    pub(crate) async fn package(&self) -> Result<Option<Package>, Failure> {
        if is_crate(&self.path) {
            return Package::find(&self.path, &self.choice).await.map(Some);
        }
        self.choice.refuse_for(&self.path)?;
        if self.release {
            return Err(Failure::new(format!(
                "{} is no folder of a crate: --release is for crates",
                self.path.display()
            )));
        }
        Ok(None)
    }
}

/// As opposed to a binary.
pub(crate) fn is_crate(path: &Path) -> bool {
    path.is_dir() || path.file_name().is_some_and(|name| name == "Cargo.toml")
}

/// The Cargo that has started us.
fn command() -> tokio::process::Command {
    let mut command =
        tokio::process::Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    // Ctrl-C drops what waits for it.
    command.kill_on_drop(true);
    command
}
