//! `cargo plugwright run`
//!
//! ```text
//! plugin (build, list) ─┐
//! manifests ────────────┴ servers (programs, API, Velero) ─┬ prompt: what to type, the log, builds again
//!                                                          └ check: backup, delete, restore → report
//! ```

mod backup_and_restore;
mod check;
mod comparison;
mod log;
mod manifests;
mod plugin;
mod programs;
mod prompt;
mod report;
mod servers;
mod watch;

use std::path::PathBuf;
use std::process::ExitCode;

use plugwright_local_velero::Version;

use crate::cargo::Subject;
use crate::failure::Failure;
use manifests::Manifests;
use plugin::Plugin;

/// Run a real Velero with the plugin on this machine, without a cluster and without containers
///
/// The plugin is built, and a Velero server with it starts in front of a real Kubernetes API, with the objects of `manifests/`. What to type
/// next is printed, and what the plugin logs; Ctrl-C ends it all. With --check, a backup and a restore are done at once, and what became of
/// each object is shown: the exit status is 1 unless Velero completes both.
///
/// The programs (etcd, kube-apiserver, kube-controller-manager, Velero) are built from their sources, once: that needs Go 1.26 or later, the
/// network and 10 to 15 minutes. They stay in `plugwright/local-velero` below ~/.cache, or where programs keep such things here. A run needs 1 GB of memory. All
/// listens on free ports of 127.0.0.1, and nothing stays behind. Linux only.
///
/// The plugin's own code runs, with the rights of this user: what it does to the world outside of Kubernetes, it does.
///
/// `run` is for Velero. A plugin for EphemeralAccess is tried with `cargo plugwright try`; `cargo plugwright check` tells which releases of Heptio
/// Ark load a plugin.
///
/// Paths in the config of a BackupStorageLocation or a VolumeSnapshotLocation are those of Velero's pod; here they are below the folder of the run.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    subject: Subject,
    /// Objects to begin with: a file or a folder of files, YAML or JSON [default: `manifests` of the crate]
    #[arg(long, value_name = "PATH")]
    manifests: Option<PathBuf>,
    /// The release of Velero
    #[arg(long, value_name = "VERSION", default_value_t = Version::DEFAULT)]
    velero: Version,
    /// Build again when the crate changes, and restart Velero with it
    #[arg(long, conflicts_with = "check")]
    watch: bool,
    /// Back the objects up, delete them, restore them, show what became of them, and end
    #[arg(long)]
    check: bool,
    /// Restore into other namespaces: OLD:NEW, several with commas
    #[arg(long, value_name = "OLD:NEW", value_delimiter = ',', requires = "check")]
    namespace_mapping: Vec<Mapping>,
    /// The Backup to make, instead of one of all namespaces of the objects
    #[arg(long, value_name = "FILE", requires = "check")]
    backup: Option<PathBuf>,
    /// The Restore to make, instead of one of everything
    #[arg(long, value_name = "FILE", requires = "check")]
    restore: Option<PathBuf>,
    /// Do the same with the plugins of this binary, such as the same plugins in Go, and compare
    #[arg(long, value_name = "BINARY", requires = "check")]
    against: Option<PathBuf>,
}

/// A namespace, and the one that its objects are restored into.
#[derive(Clone, Debug, PartialEq)]
struct Mapping {
    from: String,
    to: String,
}

impl std::str::FromStr for Mapping {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once(':') {
            Some((from, to)) if !from.is_empty() && !to.is_empty() && !to.contains(':') => {
                Ok(Self { from: from.to_owned(), to: to.to_owned() })
            }
            _ => Err("expected two namespaces, OLD:NEW".to_owned()),
        }
    }
}

pub(crate) async fn run(args: Args) -> Result<ExitCode, Failure> {
    // Signals are waited for from now on, so that none ends the process without its servers.
    tokio::task::yield_now().await;
    if !cfg!(target_os = "linux") {
        return Err(Failure::new("`run` is supported on Linux only: it finds its processes through /proc"));
    }
    let plugin = Plugin::of_subject(&args.subject).await?;
    let manifests = Manifests::read(args.manifests.as_deref(), &plugin)?;
    if args.check {
        check::run(&args, plugin, manifests).await
    } else {
        prompt::run(&args, plugin, manifests).await
    }
}

/// What the servers say, with all causes.
fn failure(error: impl std::fmt::Display) -> Failure {
    Failure::new(format!("{error:#}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mapping_has_two_namespaces() {
        let expected = Mapping { from: "shop".into(), to: "shop-2".into() };
        assert_eq!("shop:shop-2".parse(), Ok(expected));
        for wrong in ["shop", "shop:", ":shop", "a:b:c"] {
            assert_eq!(
                wrong.parse::<Mapping>(),
                Err("expected two namespaces, OLD:NEW".to_owned()),
                "{wrong}"
            );
        }
    }
}
