//! Static binaries, one for each platform.

use super::Platform;
use super::target::Machine;
use crate::cargo::{Build, Built, Package};
use crate::failure::Failure;
use crate::progress::Progress;

/// A static build of the release profile for each platform. All have a toolchain before the first is built.
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
        let build = Build { release: true, target: Some(target.triple), rustc_flags: target.rustc_flags };
        executables.push((platform, build.run(package).await?));
    }
    Ok(executables)
}
