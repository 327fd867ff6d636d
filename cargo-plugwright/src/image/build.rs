//! Builds a static binary for each platform.

use std::path::{Path, PathBuf};

use super::Platform;
use super::target::Machine;
use crate::cargo::flags::cargo_home;
use crate::cargo::{Build, Built, Package};
use crate::failure::Failure;
use crate::progress::Progress;

/// Runs a static release build for each platform. Reports a missing toolchain before the first build.
pub(crate) async fn build(
    package: &Package,
    platforms: &[Platform],
    progress: &Progress,
) -> Result<Vec<(Platform, Built)>, Failure> {
    let machine = Machine::look(package.folder())?;
    let targets: Vec<_> = platforms
        .iter()
        .map(|platform| Ok((*platform, machine.target(*platform)?)))
        .collect::<Result<_, Failure>>()?;
    let mut executables = Vec::new();
    for (platform, target) in targets {
        progress.done("Building", format_args!("{} for {platform}, with {}", package.bin, target.triple));
        let build = Build {
            release: true,
            target: Some(target.triple),
            rustc_flags: target.rustc_flags,
            remap: remap(package),
            features: Vec::new(),
        };
        executables.push((platform, build.run(package).await?));
    }
    Ok(executables)
}

/// Paths of this machine that panics and errors would contain. They identify the user and make builds irreproducible.
fn remap(package: &Package) -> Vec<(PathBuf, String)> {
    let paths = package.dependencies().iter().filter_map(|dependency| {
        let folder = Path::new(dependency["path"].as_str()?);
        Some((folder.to_owned(), dependency["name"].as_str()?.to_owned()))
    });
    // rustc uses the last matching prefix.
    let mut prefixes: Vec<_> = cargo_home().map(|home| (home, "/cargo".to_owned())).into_iter().collect();
    prefixes.extend(paths);
    prefixes.push((package.workspace_root.clone(), "/workspace".to_owned()));
    prefixes
}
