//! `cargo plugwright image`
//!
//! ```text
//! Package ─ platform (target, linker) ─ build ─ layer (one file) ─ oci (config, manifest, index) ─┬ file (layout, archive)
//!                                                                                                  └ push (registry)
//! ```

mod build;
mod file;
mod labels;
mod layer;
mod oci;
mod platform;
mod push;
mod reference;
mod target;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::cargo::{Choice, Package};
use crate::failure::{Failure, OrFail};
use crate::progress::Progress;
use oci::Image;
use reference::Reference;

pub(crate) use build::build;
pub(crate) use platform::Platform;

/// Parses an image's name; returns it in full, its registry, and the name without the tag.
pub(crate) fn read_name(text: &str) -> Result<[String; 3], String> {
    let name: Reference = text.parse()?;
    Ok([name.to_string(), name.registry().to_owned(), name.without_tag().to_owned()])
}

/// Reads a registry's credentials from Docker's configuration.
pub(crate) fn read_credentials(config: &[u8], registry: &str) -> Result<(), String> {
    push::read_credentials(config, registry).map(drop).map_err(|failure| failure.to_string())
}

/// Build an image with the plugin as a static binary
///
/// Builds the crate with the release profile as a static binary, with glibc, or with musl if only musl is installed. The
/// image contains only this file, runs as an unprivileged user, and installs the plugin in the plugins folder of its host.
/// Builds are reproducible: the same source gives the same image. Docker is not required.
///
/// Without --push and --output, the image is written to Cargo's target folder. The last line on stdout is the image's name
/// with its digest.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The folder of the crate
    #[arg(value_name = "CRATE", default_value = ".")]
    path: PathBuf,
    #[command(flatten)]
    choice: Choice,
    /// The image's name, such as registry.example.com/my-plugin:v1 [default: the crate's name and version]
    #[arg(long, value_name = "REF")]
    tag: Option<Reference>,
    /// The platforms, linux/amd64 or linux/arm64 [default: this machine's platform]
    #[arg(long = "platform", value_name = "OS/ARCH", value_delimiter = ',')]
    platforms: Vec<Platform>,
    /// Push the image to the registry in --tag, with the credentials of `docker login`
    #[arg(long, requires = "tag")]
    push: bool,
    /// Write an OCI archive (a name ending in `.tar`) or an OCI layout (a folder); `docker load` reads archives for one platform
    #[arg(long, short, value_name = "FILE|DIR")]
    output: Option<PathBuf>,
    /// Install a file `ark-<kind>-<name>` for each plugin, for Heptio Ark up to 0.9
    #[arg(long)]
    ark: bool,
    /// Push without TLS; the default for registries on this machine
    #[arg(long, requires = "push")]
    insecure: bool,
}

pub(crate) async fn run(args: Args) -> Result<ExitCode, Failure> {
    let package = Package::find(&args.path, &args.choice).await?;
    let reference = match &args.tag {
        Some(reference) => reference.clone(),
        None => Reference::of_crate(&package.name, &package.version)?,
    };
    if args.push && !reference.has_registry() {
        return Err(Failure::new(format!(
            "--push requires a registry in --tag, as in `--tag registry.example.com/{reference}`"
        )));
    }
    let output = match (&args.output, args.push) {
        (Some(output), _) => Some(output.clone()),
        (None, true) => None,
        (None, false) => Some(default_output(&package)?),
    };
    // Checked before the long build.
    if let Some(output) = &output {
        file::check(output)?;
    }
    let mut platforms = args.platforms.clone();
    if platforms.is_empty() {
        platforms.push(Platform::of_host()?);
    }
    platforms.sort_unstable();
    platforms.dedup();

    let progress = Progress::new();
    let labels = labels::of(&package).await;
    let mut parts = Vec::new();
    for (platform, built) in build(&package, &platforms, &progress).await? {
        let layer = layer::make(&package.bin, &built.executable, &progress).await?;
        parts.push((platform, layer));
    }
    let image = Image::make(&package.bin, parts, &labels, args.ark)?;

    if let Some(output) = &output {
        file::write(output, &image, &reference)?;
        progress
            .done("Wrote", format_args!("{} ({} compressed)", output.display(), size(image.layers_size())));
    }
    if args.push {
        push::push(&image, &reference, args.insecure, &progress).await?;
        progress.done("Pushed", format_args!("{reference} ({} compressed)", size(image.layers_size())));
    }
    drop(progress);
    writeln!(anstream::stdout(), "{}@{}", reference.without_tag(), image.digest())?;
    Ok(ExitCode::SUCCESS)
}

/// A path in the target folder, which `cargo clean` removes.
fn default_output(package: &Package) -> Result<PathBuf, Failure> {
    let folder = package.target_directory.join("plugwright");
    std::fs::create_dir_all(&folder).or_fail(format_args!("cannot create {}", folder.display()))?;
    Ok(folder.join(format!("{}.tar", package.bin)))
}

/// A size in megabytes.
pub(crate) fn size(bytes: usize) -> String {
    #[expect(clippy::cast_precision_loss, reason = "two decimals are shown")]
    let megabytes = bytes as f64 / 1e6;
    format!("{megabytes:.2} MB")
}

/// The folder of a path.
fn parent(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}
