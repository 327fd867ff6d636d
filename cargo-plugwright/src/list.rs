//! `cargo plugwright list`

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::ValueEnum;
use plugwright::client::{CallError, PluginIdentifier};
use plugwright::{Kind, ResourceSelector};
use serde_json::{Value, json};

use crate::cargo::Subject;
use crate::failure::Failure;
use crate::session::{Host, LogLevel, NO_PLUGINS, Session, hangs, min_velero};
use crate::{resources, selector, style, yaml};

/// List the plugins of a binary or crate, their selectors, and the hosts they require
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    subject: Subject,
    /// The output format
    #[arg(long, short, value_enum, default_value_t = Output::Table)]
    output: Output,
}

#[derive(Clone, Copy, ValueEnum)]
enum Output {
    Table,
    Json,
    Yaml,
}

/// The plugins for each host. A binary lists only the kinds that the host supports.
struct Listing {
    velero: Vec<Listed>,
    /// The path of the access requester, if the binary has one.
    access_requester: Option<PathBuf>,
}

impl Listing {
    /// The plugins for Velero.
    fn plugins(&self) -> impl Iterator<Item = &PluginIdentifier> + Clone {
        self.velero.iter().map(|listed| &listed.plugin)
    }
}

struct Listed {
    plugin: PluginIdentifier,
    /// `None` for stores.
    selector: Option<Result<ResourceSelector, CallError>>,
}

impl Listed {
    fn warnings(&self) -> Vec<String> {
        match &self.selector {
            Some(Ok(selector)) => resources::doubts(selector),
            _ => Vec::new(),
        }
    }
}

pub(crate) async fn run(args: Args) -> Result<ExitCode, Failure> {
    let binary = args.subject.binary().await?;
    let session = Session::start(&binary, LogLevel::Error.into(), Host::Velero).await;
    let access_requester = match &session {
        Err(error) if hangs(error) => false,
        _ => Session::access_requester(&binary).await.is_some(),
    };
    let velero = match session {
        Ok(session) => of_velero(session).await?,
        // The binary may be for EphemeralAccess only.
        Err(_) if access_requester => Vec::new(),
        Err(error) => return Err(error.into()),
    };
    let is_empty = velero.is_empty() && !access_requester;
    let shown = binary.display().to_string();
    let listing = Listing { velero, access_requester: access_requester.then_some(binary) };

    let mut out = anstream::stdout();
    match args.output {
        Output::Table if is_empty => {}
        Output::Table => table(&mut out, &listing)?,
        Output::Json => writeln!(out, "{:#}", json(&listing))?,
        Output::Yaml => out.write_all(yaml::write(&json(&listing)).as_bytes())?,
    }
    if is_empty {
        let error = style::ERROR;
        anstream::eprintln!("{error}error{error:#}: {shown} has no plugins\n  {NO_PLUGINS}");
        return Ok(ExitCode::from(1));
    }
    let failed = listing.velero.iter().any(|listed| matches!(listed.selector, Some(Err(_))));
    Ok(ExitCode::from(u8::from(failed)))
}

async fn of_velero(session: Session) -> Result<Vec<Listed>, Failure> {
    let mut listed = Vec::new();
    for plugin in session.plugins().await? {
        let selector = session.applies_to(&plugin).await;
        listed.push(Listed { plugin, selector });
    }
    session.end().await;
    Ok(listed)
}

fn table(out: &mut impl Write, listing: &Listing) -> Result<(), Failure> {
    let (heading, error) = (style::HEADING, style::ERROR);
    let mut rows: Vec<[String; 3]> = Vec::new();
    for Listed { plugin, selector } in &listing.velero {
        let applies_to = match selector {
            None => "-".to_owned(),
            Some(Ok(selector)) => selector.to_string(),
            Some(Err(problem)) => format!("{error}error{error:#}: {problem}"),
        };
        rows.push([plugin.kind.to_string(), plugin.name.clone(), applies_to]);
    }
    if listing.access_requester.is_some() {
        let name = Kind::AccessRequester.only_name().unwrap_or_default();
        rows.push([Kind::AccessRequester.to_string(), name.to_owned(), "-".to_owned()]);
    }
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default();
    let (kinds, names) = (width(0), width(1));
    writeln!(out, "{heading}{:kinds$}  {:names$}  APPLIES TO{heading:#}", "KIND", "NAME")?;
    for [kind, name, applies_to] in &rows {
        writeln!(out, "{kind:kinds$}  {name:names$}  {applies_to}")?;
    }
    writeln!(out)?;
    for (plugin, warning) in listing
        .velero
        .iter()
        .flat_map(|listed| listed.warnings().into_iter().map(|warning| (listed.plugin.to_string(), warning)))
    {
        let style = style::WARNING;
        writeln!(out, "{style}warning{style:#}: {plugin}: {warning}")?;
    }
    if let Some(((major, minor), because)) = min_velero(listing.plugins()) {
        // Ark supports the same kinds as Velero 1.0.
        if (major, minor) > (1, 0) {
            let names: Vec<_> = because.iter().map(ToString::to_string).collect();
            writeln!(out, "Velero {major}.{minor} or later is required for {}.", names.join(", "))?;
            writeln!(out, "Older releases load the other plugins.")?;
        } else {
            writeln!(out, "Supported by every Velero release, and by Heptio Ark since 0.6.")?;
        }
    }
    if listing.access_requester.is_some() {
        writeln!(out, "The AccessRequester requires Argo CD EphemeralAccess 0.1.5 or later.")?;
    }
    Ok(())
}

fn json(listing: &Listing) -> Value {
    let version = |(major, minor): (u16, u16)| format!("{major}.{minor}");
    let mut plugins = Vec::new();
    for Listed { plugin, selector } in &listing.velero {
        let mut entry = json!({
            "kind": plugin.kind.name(),
            "name": plugin.name,
            "command": plugin.command,
            "minVelero": plugin.kind.min_velero().map(version),
        });
        match selector {
            None => {}
            Some(Ok(selector)) => {
                entry["selector"] = selector::json(selector);
                entry["warnings"] = resources::doubts(selector).into();
            }
            Some(Err(error)) => entry["error"] = error.to_string().into(),
        }
        plugins.push(entry);
    }
    if let Some(binary) = &listing.access_requester {
        plugins.push(json!({
            "kind": Kind::AccessRequester.name(),
            "name": Kind::AccessRequester.only_name(),
            "command": binary.display().to_string(),
            "minVelero": null,
        }));
    }
    json!({
        "minVelero": min_velero(listing.plugins()).map(|(minimum, _)| version(minimum)),
        "plugins": plugins,
    })
}
