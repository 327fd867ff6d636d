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

/// Make a crate with a working plugin of each kind that you name
///
/// The crate builds at once. It has a plugin of each kind, which does something that people need, a unit test beside it, a test against the
/// real process, manifests to try it with, and a CI file. Without arguments, on a terminal, it asks.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The folder of the crate, whose last part is the crate's name
    #[arg(value_name = "NAME")]
    path: Option<PathBuf>,
    /// A kind of plugin; may be given several times
    #[arg(long = "kind", value_name = "KIND", value_delimiter = ',')]
    kinds: Vec<KindArg>,
    /// What the names of the plugins begin with: a domain of yours
    #[arg(long, value_name = "DOMAIN")]
    domain: Option<String>,
    /// Take plugwright from a folder with its source, its checkout or the crate itself
    #[arg(long, value_name = "PATH")]
    plugwright: Option<PathBuf>,
}

/// A kind by a word of its attribute: `restore-item-action`.
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

/// What is asked for, with nothing wrong in it.
struct Order {
    path: PathBuf,
    name: String,
    domain: String,
    kinds: Vec<Kind>,
    source: Source,
}

pub(crate) async fn run(args: Args) -> Result<ExitCode, Failure> {
    // Signals are waited for from now on, so that none ends the process in the middle.
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
            "NAME and --kind have to be given where there is no terminal to ask on, as in \
             `cargo plugwright new my-plugin --kind restore-item-action`; --help has the kinds",
        ));
    }
    // What was given is looked at before anything is asked.
    let source = Source::find(plugwright.as_deref())?;
    let mut domain = domain;
    if let Some(domain) = &domain {
        name::check_domain(domain).map_err(Failure::new)?;
    }
    let path = match path {
        Some(path) => path,
        None => ask::path()?,
    };
    let name = name::of_path(&path).map_err(Failure::new)?;
    free(&path)?;
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

/// What is there already is nobody's to overwrite.
fn free(path: &Path) -> Result<(), Failure> {
    let shown = path.display();
    match std::fs::read_dir(path).map(|mut entries| entries.next().is_none()) {
        Ok(false) => Err(Failure::new(format!("{shown} is there already, and is not empty"))),
        Err(_) if std::fs::symlink_metadata(path).is_ok() => {
            Err(Failure::new(format!("{shown} is there already, and is no folder")))
        }
        Ok(true) | Err(_) => Ok(()),
    }
}

/// Nobody sees half of it: it is made beside its place, and moved there when it is whole.
fn make(order: &Order) -> Result<(), Failure> {
    let cannot = format!("cannot make {}", order.path.display());
    let path = std::path::absolute(&order.path).or_fail(&cannot)?;
    let parent = path.parent().unwrap_or(&path);
    if !parent.is_dir() {
        return Err(Failure::new(format!("{cannot}: there is no folder {}", parent.display())));
    }
    let mut builder = tempfile::Builder::new();
    let prefix = format!(".{}-", order.name);
    builder.prefix(&prefix);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // As any other folder; what the umask says is taken off.
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
    std::fs::rename(part.path(), &path).or_fail(&cannot)?;
    // It is not there any more under its first name.
    let _ = part.keep();
    Ok(())
}

/// The templates are formatted, but names of other lengths break lines elsewhere. Without rustfmt it is no matter.
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
    writeln!(out, "{heading}Made {path}{heading:#}, with")?;
    for kind in &order.kinds {
        let plugin = template::of(*kind);
        writeln!(out, "  {kind} {}: {}", plugin.name(&order.domain), plugin.what)?;
    }
    writeln!(out, "\nNow, for instance:")?;
    writeln!(out, "  cd {path}\n  cargo test")?;
    if let Some(command) = order.kinds.iter().find_map(|kind| template::of(*kind).command()) {
        writeln!(out, "  {command}")?;
    }
    Ok(())
}
