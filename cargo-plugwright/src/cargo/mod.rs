//! Cargo: finds the crate and its binary, and builds it.

mod build;
pub(crate) mod flags;
mod lock;
mod package;

use std::path::{Path, PathBuf};

use crate::failure::Failure;

pub(crate) use build::{Build, Built, Library};
pub(crate) use package::Package;

/// A plugin binary, or a crate that builds one.
#[derive(clap::Args)]
pub(crate) struct Subject {
    /// A plugin binary, or the folder of a crate to build first
    #[arg(value_name = "BINARY|CRATE", default_value = ".")]
    pub(crate) path: PathBuf,
    #[command(flatten)]
    pub(crate) choice: Choice,
    /// Build the crate with the release profile
    #[arg(long, help_heading = "Crate options")]
    pub(crate) release: bool,
}

/// Selects a package, a binary and features.
#[derive(clap::Args, Default)]
pub(crate) struct Choice {
    /// The package in a workspace
    #[arg(long, short, value_name = "NAME", help_heading = "Crate options")]
    pub(crate) package: Option<String>,
    /// The binary target of the package
    #[arg(long, value_name = "NAME", help_heading = "Crate options")]
    pub(crate) bin: Option<String>,
    /// Features of the crate to enable
    #[arg(long, short = 'F', value_name = "FEATURES", help_heading = "Crate options")]
    pub(crate) features: Vec<String>,
}

impl Choice {
    /// Rejects options for crates if a binary is given.
    pub(crate) fn refuse_for(&self, binary: &Path) -> Result<(), Failure> {
        if self.package.is_none() && self.bin.is_none() && self.features.is_empty() {
            return Ok(());
        }
        let binary = binary.display();
        Err(Failure::new(format!(
            "{binary} is not a crate folder; --package, --bin and --features require one"
        )))
    }
}

impl Subject {
    /// The path of the binary, after building it if the subject is a crate.
    pub(crate) async fn binary(&self) -> Result<PathBuf, Failure> {
        let Some(package) = self.package().await? else { return Ok(self.path.clone()) };
        // With the features of the tests, this build and `cargo test` share all compiled dependencies.
        let features = if self.release { Vec::new() } else { package.test_features() };
        let build = Build { release: self.release, features, ..Build::default() };
        if let Some(problem) = package.version_problem() {
            let warning = crate::style::WARNING;
            anstream::eprintln!("{warning}warning{warning:#}: {problem}");
        }
        Ok(build.run(&package).await?.executable)
    }

    /// The crate; `None` for a binary.
    pub(crate) async fn package(&self) -> Result<Option<Package>, Failure> {
        if is_crate(&self.path) {
            return Package::find(&self.path, &self.choice).await.map(Some);
        }
        self.choice.refuse_for(&self.path)?;
        if self.release {
            return Err(Failure::new(format!(
                "{} is not a crate folder; --release requires one",
                self.path.display()
            )));
        }
        Ok(None)
    }
}

/// Whether the path is a crate rather than a binary.
pub(crate) fn is_crate(path: &Path) -> bool {
    path.is_dir() || path.file_name().is_some_and(|name| name == "Cargo.toml")
}

/// The Cargo that started this process.
fn command() -> tokio::process::Command {
    let mut command =
        tokio::process::Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    // Ctrl-C drops the future that waits for Cargo.
    command.kill_on_drop(true);
    command
}
