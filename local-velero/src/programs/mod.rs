//! Builds etcd, kube-apiserver, kube-controller-manager and Velero from source, once.
//!
//! ```text
//! <cache>/plugwright/local-velero/kubernetes-v1.35.4-<key>/{etcd,kube-apiserver,kube-controller-manager}
//!                                 velero-v1.18.3-<key>/velero
//! ```

mod go;
mod module;
mod version;

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

pub use self::version::Version;

use self::go::Go;
use self::module::Module;
use crate::disk;

/// The minimum for any build. A first build requires four times as much.
const FOR_A_BUILD: u64 = 2 << 30;

/// The programs of one version of Velero.
pub struct Programs {
    /// The folder of etcd, kube-apiserver and kube-controller-manager.
    kubernetes: PathBuf,
    /// The folder of velero, which is both server and CLI.
    velero: PathBuf,
    version: Version,
}

/// The progress of a build.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress<'a> {
    /// Waiting for another process that builds into this folder.
    Waiting(&'a Path),
    /// These programs are missing and will be built into this folder.
    Missing(&'a [&'static str], &'a Path),
    /// Go downloads and analyzes the sources of a program.
    Preparing(&'a str),
    /// Go has compiled this many packages of the total. Cached packages are not counted one by one.
    Compiling(&'a str, usize, usize),
    /// A program is complete.
    Built(&'a str, Duration),
}

/// A program and its Go package.
struct Program {
    name: &'static str,
    package: &'static str,
}

const KUBERNETES: [Program; 3] = [
    Program { name: "etcd", package: "go.etcd.io/etcd/server/v3" },
    Program { name: "kube-apiserver", package: "k8s.io/kubernetes/cmd/kube-apiserver" },
    Program { name: "kube-controller-manager", package: "k8s.io/kubernetes/cmd/kube-controller-manager" },
];

const VELERO: [Program; 1] =
    [Program { name: "velero", package: "github.com/vmware-tanzu/velero/cmd/velero" }];

impl Programs {
    /// The cache folder: `XDG_CACHE_HOME`, or `~/.cache` by default.
    pub fn cache() -> Result<PathBuf> {
        let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let cache = variable("XDG_CACHE_HOME").or_else(|| Some(variable("HOME")?.join(".cache")));
        let cache = cache.context(
            "XDG_CACHE_HOME and HOME are not set; set one of them, to choose a folder for the programs",
        )?;
        Ok(cache.join("plugwright/local-velero"))
    }

    /// Builds missing programs. Requires Go and network access only if a program is missing.
    pub async fn build(version: &Version, progress: &dyn Fn(Progress<'_>)) -> Result<Self> {
        let cache = Self::cache()?;
        let kubernetes = Module::kubernetes();
        let kubernetes = build(&kubernetes, &KUBERNETES, &cache, progress).await?;
        let velero = Module::velero(version);
        let velero = build(&velero, &VELERO, &cache, progress).await?;
        Ok(Self { kubernetes, velero, version: version.clone() })
    }

    /// Whether all programs are built.
    pub fn are_built(version: &Version) -> Result<bool> {
        let cache = Self::cache()?;
        let kubernetes = missing(&KUBERNETES, &cache.join(Module::kubernetes().folder_name()));
        let velero = missing(&VELERO, &cache.join(Module::velero(version).folder_name()));
        Ok(kubernetes.is_empty() && velero.is_empty())
    }

    /// The version of Velero.
    pub fn version(&self) -> &Version {
        &self.version
    }

    /// The folder with Velero's CLI.
    pub fn velero_folder(&self) -> &Path {
        &self.velero
    }

    pub(crate) fn velero(&self) -> PathBuf {
        self.velero.join("velero")
    }

    pub(crate) fn etcd(&self) -> PathBuf {
        self.kubernetes.join("etcd")
    }

    pub(crate) fn api_server(&self) -> PathBuf {
        self.kubernetes.join("kube-apiserver")
    }

    pub(crate) fn controller_manager(&self) -> PathBuf {
        self.kubernetes.join("kube-controller-manager")
    }
}

fn missing(programs: &[Program], folder: &Path) -> Vec<&'static str> {
    programs.iter().map(|program| program.name).filter(|name| !folder.join(name).is_file()).collect()
}

/// Builds a module's missing programs, and returns their folder.
async fn build(
    module: &Module,
    programs: &[Program],
    cache: &Path,
    progress: &dyn Fn(Progress<'_>),
) -> Result<PathBuf> {
    let folder = cache.join(module.folder_name());
    if missing(programs, &folder).is_empty() {
        return Ok(folder);
    }
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let lock = File::create(folder.join("lock")).with_context(|| folder.display().to_string())?;
    if lock.try_lock().is_err() {
        progress(Progress::Waiting(&folder));
        // The system releases the lock when the other process exits.
        while lock.try_lock().is_err() {
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    }
    let missing = missing(programs, &folder);
    if missing.is_empty() {
        return Ok(folder);
    }
    progress(Progress::Missing(&missing, &folder));
    let go = Go::find(&folder.join("module"))?;
    disk::require(&folder, FOR_A_BUILD, "the build", "XDG_CACHE_HOME")?;
    progress(Progress::Preparing(missing[0]));
    module.write(&go).await?;
    for program in programs.iter().filter(|program| missing.contains(&program.name)) {
        let started = Instant::now();
        progress(Progress::Preparing(program.name));
        let total = go.count_packages(program.package).await?;
        let compiling = |number| progress(Progress::Compiling(program.name, number, total));
        // Renamed once it is complete.
        let new = folder.join(format!("{}.new", program.name));
        go.build(program.package, &module.linker_flags, &new, compiling).await?;
        fs::rename(&new, folder.join(program.name)).with_context(|| new.display().to_string())?;
        progress(Progress::Built(program.name, started.elapsed()));
    }
    // The module is no longer needed. Ignore errors.
    let _ = fs::remove_dir_all(folder.join("module"));
    Ok(folder)
}
