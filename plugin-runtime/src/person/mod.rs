//! What a person sees who runs a plugin: the host's cookie is not in the environment.

mod install;

use std::fmt::Write as _;
use std::io;
use std::path::Path;
use std::process::ExitCode;

use crate::Declaration;
use crate::declare::names::Names;
use crate::declare::registry::{Problems, Registry};
use crate::hosts::{Host, ark};
use crate::types::ResourceSelector;
use go_plugin::Environment;
use install::Install;

/// What is wrong with a binary that declares nothing.
pub(crate) const NO_PLUGINS: &str = "This binary has no plugins. A library crate that declares some is linked only \
     where `main` names it: `plugwright::main!(the_library)`.";

/// Only `list`, `install`, `--help` and `--version` are a person's; everything else is somebody who
/// takes the plugin for a program, and a host without its cookie: text on stderr, nothing on stdout,
/// status 1, as go-plugin's `server.go`, `Serve`.
pub(crate) fn show(environment: &Environment, registry: Result<Registry, Problems>) -> ExitCode {
    let program = program(environment);
    let registry = match registry {
        Ok(registry) => registry,
        Err(problems) => return fail(&format!("{program}: {problems}")),
    };
    let mut args = environment.args.iter().map(String::as_str);
    match args.next() {
        Some("--help" | "-h" | "help") => {
            print(&format!("{}\n{}", about(&program, environment, &registry), usage(&program)))
        }
        Some("--version" | "-V" | "version") => {
            print(&format!("{program}, made with plugwright {}\n", env!("CARGO_PKG_VERSION")))
        }
        Some("list") => print(&list(&registry)),
        Some("install") => {
            match Install::parse(args).and_then(|install| install.run(&registry, &environment.command)) {
                Ok(installed) => print(&installed),
                Err(error) => fail(&format!("{program}: {error}")),
            }
        }
        _ => {
            let wrong = Host::ALL.into_iter().find_map(|host| {
                let handshake = host.handshake();
                let (cookie, value) = (handshake.cookie_key(), handshake.cookie_value());
                let wrong = environment.get(cookie)?;
                let host = host.name();
                Some(format!("{cookie} is `{wrong}`, and not `{value}`: no {host} has started this."))
            });
            let why = wrong.unwrap_or_else(|| "No host has started this.".to_owned());
            fail(&format!("{why}\n\n{}\n{}", about(&program, environment, &registry), usage(&program)))
        }
    }
}

fn about(program: &str, environment: &Environment, registry: &Registry) -> String {
    let mut text = format!("{program} is a plugin for {}.\n\n{}", hosts(registry), list(registry));
    if let Some(((major, minor), Declaration { kind, name, .. })) = registry.minimum_velero()
        && (major, minor) > (1, 0)
    {
        let _ = write!(
            text,
            "\nAll of it needs Velero {major}.{minor} or later, because of the {kind} {name}; an older Velero is \
             given what it knows.\n"
        );
    }
    if let Some(file) = ark::FileName::parse(&environment.command) {
        text += "\n";
        text += &as_link(&file, registry);
    }
    text
}

/// Who starts it.
fn hosts(registry: &Registry) -> &'static str {
    let for_velero = registry.declarations().any(|plugin| plugin.kind.min_velero().is_some());
    let for_others = registry.declarations().any(|plugin| plugin.kind.min_velero().is_none());
    match (for_velero, for_others) {
        (_, false) => "Velero: Velero's server starts it by itself",
        (false, true) => "Argo CD EphemeralAccess: its controller starts it by itself",
        (true, true) => {
            "Velero and for Argo CD EphemeralAccess: Velero's server and EphemeralAccess's controller start it by \
             themselves"
        }
    }
}

/// What Heptio Ark 0.9 would get of a file with this name.
fn as_link(file: &ark::FileName, registry: &Registry) -> String {
    file.kinds().iter().fold(String::new(), |mut text, kind| {
        let _ = match registry.find(*kind, Names::Ark, &file.name) {
            Ok(plugin) => {
                let (kind, name) = (Names::Ark.of_kind(*kind), &plugin.declaration.name);
                writeln!(text, "As {file} it serves Heptio Ark, up to 0.9, the {kind} {name}.")
            }
            Err(missing) => writeln!(text, "As {file} it serves Heptio Ark nothing: {missing}."),
        };
        text
    })
}

fn usage(program: &str) -> String {
    format!(
        "Usage: {program} COMMAND

  list                            what is in it
  install [--target DIR] [--ark]  copies itself to DIR, by default /target: the entry point of an image that
                                  `velero plugin add IMAGE` takes, or of an init container that puts the
                                  plugin where EphemeralAccess's EPHEMERAL_PLUGIN_PATH says. With --ark, for
                                  Heptio Ark up to 0.9 and `ark plugin add IMAGE`, it makes a file
                                  ark-<kind>-<name> for each plugin
  --help, --version
"
    )
}

fn list(registry: &Registry) -> String {
    let rows: Vec<[String; 3]> = registry
        .declarations()
        .map(|plugin| {
            let selector =
                if plugin.kind.has_selector() { selector(&plugin.selector) } else { String::new() };
            [plugin.kind.to_string(), plugin.name.clone(), selector]
        })
        .collect();
    if rows.is_empty() {
        return format!("{NO_PLUGINS}\n");
    }
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default();
    let (kinds, names) = (width(0), width(1));
    let line = |[kind, name, selector]: &[String; 3]| format!("{kind:kinds$}  {name:names$}  {selector}");
    rows.iter().fold(String::new(), |text, row| text + line(row).trim_end() + "\n")
}

fn selector(selector: &ResourceSelector) -> String {
    let lists = [
        ("namespaces", &selector.included_namespaces),
        ("not namespaces", &selector.excluded_namespaces),
        ("resources", &selector.included_resources),
        ("not resources", &selector.excluded_resources),
    ];
    let mut parts: Vec<_> = lists
        .iter()
        .filter(|(_, list)| !list.is_empty())
        .map(|(what, list)| format!("{what} {}", list.join(",")))
        .collect();
    if !selector.label_selector.is_empty() {
        parts.push(format!("labels {}", selector.label_selector));
    }
    if parts.is_empty() { "all items".to_owned() } else { parts.join("; ") }
}

fn program(environment: &Environment) -> String {
    let name = Path::new(&environment.command).file_name();
    name.map_or_else(|| "this plugin".to_owned(), |name| name.to_string_lossy().into_owned())
}

fn print(text: &str) -> ExitCode {
    use std::io::Write;
    match io::stdout().write_all(text.as_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn fail(text: &str) -> ExitCode {
    eprintln!("{}", text.trim_end());
    ExitCode::FAILURE
}
