//! `cargo plugwright run`
//!
//! ```text
//! plugin (build, list) ─┐
//! manifests ────────────┴ servers (programs, API, Velero) ─┬ prompt: commands to type, log, rebuild
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

/// Run a real Velero with the plugin on this machine, without a cluster
///
/// Builds the plugin, starts a real Kubernetes API and a Velero server with the plugin, and creates the objects in `manifests`. Prints commands to
/// type and the plugin's log until Ctrl-C. With --check, backs up, deletes and restores the objects, prints the calls to the plugin and the
/// differences, and exits. The exit status is 1 unless Velero completes the backup and the restore.
///
/// The first run builds etcd, kube-apiserver, kube-controller-manager and Velero from source into ~/.cache/plugwright/local-velero. The build
/// requires Go 1.26 or later and network access, and takes 10 to 15 minutes. A run requires 1 GB of memory. All servers listen on free ports of
/// 127.0.0.1 and exit with the command. Linux only.
///
/// The plugin runs as the current user. Its effects outside of Kubernetes are real.
///
/// `run` supports Velero only. Use `cargo plugwright try` for an access requester, and `cargo plugwright check` for Heptio Ark.
///
/// Paths in the config of a BackupStorageLocation or VolumeSnapshotLocation are paths in Velero's pod. `run` replaces them with temporary folders.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    subject: Subject,
    /// The objects to create: a YAML or JSON file, or a folder of files [default: `manifests` in the crate]
    #[arg(long, value_name = "PATH")]
    manifests: Option<PathBuf>,
    /// The Velero release
    #[arg(long, value_name = "VERSION", default_value_t = Version::DEFAULT)]
    velero: Version,
    /// Rebuild the plugin when its source changes, and restart Velero
    #[arg(long, conflicts_with = "check")]
    watch: bool,
    /// Back up, delete and restore the objects, print the result, and exit
    #[arg(long)]
    check: bool,
    /// Restore into other namespaces; separate several pairs with commas
    #[arg(long, value_name = "OLD:NEW", value_delimiter = ',', requires = "check")]
    namespace_mapping: Vec<Mapping>,
    /// The Backup to create [default: a Backup of all namespaces of the objects]
    #[arg(long, value_name = "FILE", requires = "check")]
    backup: Option<PathBuf>,
    /// The Restore to create [default: a Restore of the whole backup]
    #[arg(long, value_name = "FILE", requires = "check")]
    restore: Option<PathBuf>,
    /// Repeat the check with another binary, such as the same plugins in Go, and compare the results
    #[arg(long, value_name = "BINARY", requires = "check")]
    against: Option<PathBuf>,
}

/// A namespace, and the namespace that its objects are restored into.
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
    // Lets `main` install the signal handlers first, so that a signal also ends the servers.
    tokio::task::yield_now().await;
    if !cfg!(target_os = "linux") {
        return Err(Failure::new("`run` is supported on Linux only: it requires /proc"));
    }
    let plugin = Plugin::of_subject(&args.subject).await?;
    let manifests = Manifests::read(args.manifests.as_deref(), &plugin)?;
    if args.check {
        check::run(&args, plugin, manifests).await
    } else {
        prompt::run(&args, plugin, manifests).await
    }
}

/// Converts an error, with all its causes.
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
