//! `cargo plugwright list`

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::ValueEnum;
use plugwright::ResourceSelector;
use plugwright::client::{CallError, PluginIdentifier};
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::session::{LogLevel, Session};
use crate::{selector, style, yaml};

/// List the plugins of a binary, with what they apply to and the Velero that they need
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The plugin binary
    binary: PathBuf,
    /// The form of the list
    #[arg(long, short, value_enum, default_value_t = Output::Table)]
    output: Output,
}

#[derive(Clone, Copy, ValueEnum)]
enum Output {
    Table,
    Json,
    Yaml,
}

struct Listed {
    plugin: PluginIdentifier,
    /// None for stores.
    selector: Option<Result<ResourceSelector, CallError>>,
}

pub(crate) async fn run(args: Args) -> Result<ExitCode, Failure> {
    let session = Session::start(&args.binary, LogLevel::Error.into()).await?;
    let mut listed = Vec::new();
    for plugin in session.plugins().await? {
        let selector = session.applies_to(&plugin).await;
        listed.push(Listed { plugin, selector });
    }
    session.end().await;

    let mut out = anstream::stdout();
    match args.output {
        Output::Table => table(&mut out, &listed)?,
        Output::Json => writeln!(out, "{:#}", json(&listed))?,
        Output::Yaml => out.write_all(yaml::write(&json(&listed)).as_bytes())?,
    }
    let failed = listed.iter().any(|listed| matches!(listed.selector, Some(Err(_))));
    Ok(ExitCode::from(u8::from(failed)))
}

/// The oldest Velero that takes the binary, and the plugins that need it: a Velero that does not
/// know a kind refuses all of them.
fn min_velero(listed: &[Listed]) -> Option<((u16, u16), Vec<&PluginIdentifier>)> {
    let version = listed.iter().filter_map(|listed| listed.plugin.kind.min_velero()).max()?;
    let plugins = listed.iter().map(|listed| &listed.plugin);
    Some((version, plugins.filter(|plugin| plugin.kind.min_velero() == Some(version)).collect()))
}

fn table(out: &mut impl Write, listed: &[Listed]) -> Result<(), Failure> {
    let Some(((major, minor), because)) = min_velero(listed) else {
        writeln!(out, "There are no plugins in it.")?;
        return Ok(());
    };
    let (heading, error) = (style::HEADING, style::ERROR);
    let width = |text: fn(&Listed) -> usize| listed.iter().map(text).max().unwrap_or_default();
    let kinds = width(|listed| listed.plugin.kind.name().len());
    let names = width(|listed| listed.plugin.name.chars().count());
    writeln!(out, "{heading}{:kinds$}  {:names$}  APPLIES TO{heading:#}", "KIND", "NAME")?;
    for Listed { plugin, selector } in listed {
        write!(out, "{:kinds$}  {:names$}  ", plugin.kind, plugin.name)?;
        match selector {
            None => writeln!(out, "-")?,
            Some(Ok(selector)) => writeln!(out, "{}", selector::in_words(selector))?,
            Some(Err(problem)) => writeln!(out, "{error}error{error:#}: {problem}")?,
        }
    }
    write!(out, "\nNeeds Velero {major}.{minor} or later")?;
    // Every Velero there is knows what 1.0 knew.
    if (major, minor) > (1, 0) {
        let names: Vec<_> = because.iter().map(ToString::to_string).collect();
        write!(out, ", for {}", names.join(", "))?;
    }
    writeln!(out, ".")?;
    Ok(())
}

fn json(listed: &[Listed]) -> Value {
    let version = |(major, minor): (u16, u16)| format!("{major}.{minor}");
    let plugins = listed.iter().map(|Listed { plugin, selector }| {
        let mut entry = json!({
            "kind": plugin.kind.name(),
            "name": plugin.name,
            "command": plugin.command,
            "minVelero": plugin.kind.min_velero().map(version),
        });
        match selector {
            None => {}
            Some(Ok(selector)) => entry["selector"] = selector::json(selector),
            Some(Err(error)) => entry["error"] = error.to_string().into(),
        }
        entry
    });
    json!({
        "minVelero": min_velero(listed).map(|(minimum, _)| version(minimum)),
        "plugins": plugins.collect::<Vec<_>>(),
    })
}
