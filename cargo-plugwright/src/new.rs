//! `cargo plugwright new`

mod ask;
mod name;
mod source;
mod template;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::ValueEnum;
use clap::builder::PossibleValue;
use plugwright::Kind;

use crate::failure::{Failure, OrFail};
use crate::style;
use source::Source;

/// Create a crate with a working plugin of each given kind
///
/// Each plugin has a unit test, a test of the real process, and manifests to try it with. The crate also has a CI workflow.
/// On a terminal, the command asks for missing arguments.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The folder of the crate, `.` for the current one; its last part is the name of the crate
    #[arg(value_name = "PATH")]
    path: Option<PathBuf>,
    /// A kind of plugin, listed with the example that is created; may be repeated
    #[arg(long = "kind", value_name = "KIND", value_delimiter = ',')]
    kinds: Vec<KindArg>,
    /// A domain that you own; plugin names begin with it [default: example.io]
    #[arg(long, value_name = "DOMAIN")]
    domain: Option<String>,
    /// The dependency on plugwright: a version, a git URL, or the path of a checkout
    #[arg(long, value_name = "VERSION|URL|PATH")]
    plugwright: Option<String>,
}

/// A kind, named after its attribute: `restore-item-action`.
#[derive(Clone, Copy, Debug, PartialEq)]
struct KindArg(Kind);

impl ValueEnum for KindArg {
    fn value_variants<'a>() -> &'a [Self] {
        const ALL: [KindArg; 9] = {
            let mut all = [KindArg(Kind::ALL[0]); Kind::ALL.len()];
            let mut at = 0;
            while at < all.len() {
                all[at] = KindArg(Kind::ALL[at]);
                at += 1;
            }
            all
        };
        &ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let attribute = self.0.attribute();
        let value = PossibleValue::new(attribute.replace('_', "-")).help(template::of(self.0).what);
        Some(value.aliases([attribute, self.0.name()]))
    }
}

/// The checked arguments and answers.
struct Order {
    path: PathBuf,
    name: String,
    domain: String,
    kinds: Vec<Kind>,
    source: Source,
}

pub(crate) async fn run(args: Args) -> Result<ExitCode, Failure> {
    // Lets `main` install the signal handlers, so that no signal interrupts a write.
    tokio::task::yield_now().await;
    let order = order(args)?;
    make(&order)?;
    report(&order)?;
    Ok(ExitCode::SUCCESS)
}

fn order(args: Args) -> Result<Order, Failure> {
    let Args { path, kinds, domain, plugwright } = args;
    let asks = path.is_none() || kinds.is_empty();
    if asks && !ask::is_possible() {
        return Err(Failure::new(
            "PATH and --kind are required without a terminal, as in \
             `cargo plugwright new my-plugin --kind restore-item-action`; see --help for the kinds",
        ));
    }
    // Check all arguments before the first question.
    let mut domain = domain;
    if let Some(domain) = &domain {
        name::check_domain(domain).map_err(Failure::new)?;
    }
    let path = match path {
        Some(path) => path,
        None => ask::path()?,
    };
    let whole = std::path::absolute(&path).or_fail(path.display())?;
    let name = name::of_path(&whole).map_err(Failure::new)?;
    free(&path)?;
    let source = Source::find(plugwright.as_deref(), &whole)?;
    let mut kinds: Vec<Kind> = kinds.into_iter().map(|KindArg(kind)| kind).collect();
    if kinds.is_empty() {
        kinds = ask::kinds()?;
    }
    if asks && domain.is_none() && kinds.iter().any(|kind| kind.only_name().is_none()) {
        domain = Some(ask::domain()?);
    }
    kinds.sort_unstable();
    kinds.dedup();
    Ok(Order { path, name, domain: domain.unwrap_or_else(|| name::DOMAIN.into()), kinds, source })
}

/// Checks that no existing file would be overwritten.
fn free(path: &Path) -> Result<(), Failure> {
    let shown = path.display();
    match std::fs::read_dir(path).map(|mut entries| entries.next().is_none()) {
        Ok(false) => Err(Failure::new(format!("{shown} already exists and is not empty"))),
        Err(_) if std::fs::symlink_metadata(path).is_ok() => {
            Err(Failure::new(format!("{shown} already exists and is not a folder")))
        }
        Ok(true) | Err(_) => Ok(()),
    }
}

/// Writes the crate to a temporary folder beside `path` and renames it once it is complete.
fn make(order: &Order) -> Result<(), Failure> {
    let cannot = format!("cannot create {}", order.path.display());
    let path = std::path::absolute(&order.path).or_fail(&cannot)?;
    let parent = path.parent().unwrap_or(&path);
    if !parent.is_dir() {
        return Err(Failure::new(format!("{cannot}: folder {} not found", parent.display())));
    }
    let mut builder = tempfile::Builder::new();
    let prefix = format!(".{}-", order.name);
    builder.prefix(&prefix);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // The permissions of a regular folder, minus the umask.
        builder.permissions(std::fs::Permissions::from_mode(0o777));
    }
    let part = builder.tempdir_in(parent).or_fail(&cannot)?;
    for file in template::files(order) {
        let at = part.path().join(&file.path);
        let written = at
            .parent()
            .map_or(Ok(()), std::fs::create_dir_all)
            .and_then(|()| std::fs::write(&at, &file.text));
        written.or_fail(format_args!("{cannot}: {}", file.path))?;
    }
    format(part.path());
    if path.is_dir() {
        // Keep an empty folder: it may be a shell's current folder.
        let entries = std::fs::read_dir(part.path()).or_fail(&cannot)?;
        for entry in entries {
            let entry = entry.or_fail(&cannot)?;
            std::fs::rename(entry.path(), path.join(entry.file_name())).or_fail(&cannot)?;
        }
        return Ok(());
    }
    std::fs::rename(part.path(), &path).or_fail(&cannot)?;
    // The temporary name no longer exists.
    let _ = part.keep();
    Ok(())
}

/// Formats the files: with names of other lengths, lines of the templates break elsewhere. rustfmt may be missing.
fn format(folder: &Path) {
    let mut rustfmt = std::process::Command::new("rustfmt");
    rustfmt
        .args(["--edition", "2024", "--quiet", "src/main.rs", "tests/process/main.rs"])
        .current_dir(folder);
    let _ = rustfmt.stdin(std::process::Stdio::null()).stderr(std::process::Stdio::null()).status();
}

fn report(order: &Order) -> Result<(), Failure> {
    let (heading, path) = (style::HEADING, order.path.display());
    let mut out = anstream::stdout();
    writeln!(out, "{heading}Created {path}{heading:#} with")?;
    for kind in &order.kinds {
        let plugin = template::of(*kind);
        writeln!(out, "  {kind} {}: {}", plugin.name(&order.domain), plugin.what)?;
    }
    writeln!(out, "\nNext:")?;
    if order.path != Path::new(".") {
        writeln!(out, "  cd {path}")?;
    }
    writeln!(out, "  cargo test")?;
    if let Some(kind) = order.kinds.first() {
        writeln!(out, "  {}", template::of(*kind).command())?;
    }
    if let Some(note) = order.source.note() {
        writeln!(out, "\n{note}")?;
    }
    Ok(())
}
