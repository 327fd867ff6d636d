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

/// Build a static binary and put it into an image of one file
///
/// The crate is built with the release profile as a static binary: with glibc, or with musl where only that is installed. The image has this
/// file and nothing else, runs as a user without rights, and installs the plugin where its host looks for it. The same source gives the same
/// image, byte for byte. Docker is not needed.
///
/// Without --push and --output the image goes to a file in Cargo's target folder. The last line on stdout is the image by its digest.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The folder of the crate
    #[arg(value_name = "CRATE", default_value = ".")]
    path: PathBuf,
    #[command(flatten)]
    choice: Choice,
    /// The image's name, such as registry.example.com/my-plugin:v1; by default the crate's, with its version
    #[arg(long, value_name = "REF")]
    tag: Option<Reference>,
    /// For which processors; by default this machine's
    #[arg(long = "platform", value_name = "OS/ARCH", value_delimiter = ',')]
    platforms: Vec<Platform>,
    /// Push it to the registry that --tag names, with the credentials that `docker login` has left
    #[arg(long, requires = "tag")]
    push: bool,
    /// Write it to a file (`.tar`: an OCI archive, which `docker load` takes, too, if it is for one platform) or to a folder (an OCI layout)
    #[arg(long, short, value_name = "FILE|DIR")]
    output: Option<PathBuf>,
    /// For Heptio Ark up to 0.9: installs a file `ark-<kind>-<name>` for each plugin
    #[arg(long)]
    ark: bool,
    /// Talk to the registry without TLS; registries on this machine are talked to so in any case
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
            "--push needs a registry in --tag, as in `--tag registry.example.com/{reference}`"
        )));
    }
    let output = match (&args.output, args.push) {
        (Some(output), _) => Some(output.clone()),
        (None, true) => None,
        (None, false) => Some(default_output(&package)?),
    };
    // What cannot be written to is found out before the long part.
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

/// Where whoever looks for it finds it, and `cargo clean` takes it away.
fn default_output(package: &Package) -> Result<PathBuf, Failure> {
    let folder = package.target_directory.join("plugwright");
    std::fs::create_dir_all(&folder).or_fail(format_args!("cannot make {}", folder.display()))?;
    Ok(folder.join(format!("{}.tar", package.bin)))
}

/// As people write sizes.
pub(crate) fn size(bytes: usize) -> String {
    #[expect(clippy::cast_precision_loss, reason = "two decimals are shown")]
    let megabytes = bytes as f64 / 1e6;
    format!("{megabytes:.2} MB")
}

/// The folder that something is put into.
fn parent(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}
