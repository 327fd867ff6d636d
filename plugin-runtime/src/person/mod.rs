//! The output for a user who runs a plugin: the host's cookie is not in the environment.

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

/// The error of a binary without declarations.
pub(crate) const NO_PLUGINS: &str = "This binary has no plugins. If a library crate declares them, name it in `main`, \
     or it is not linked: `plugwright::main!(the_library)`.";

/// Handles the commands `list`, `install`, `--help` and `--version`. Anything else comes from a user who runs
/// the plugin as a program, or from a host without its cookie: text on stderr, nothing on stdout, status 1,
/// like go-plugin's `server.go`, `Serve`.
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
                Some(format!(
                    "This program was not started by {host}: expected {cookie} `{value}`, found `{wrong}`."
                ))
            });
            let why = wrong.unwrap_or_else(|| "This program was not started by a host.".to_owned());
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
            "\nRequires Velero {major}.{minor} or later, because of the {kind} {name}; an older Velero receives \
             only the kinds it supports.\n"
        );
    }
    if let Some(file) = ark::FileName::parse(&environment.command) {
        text += "\n";
        text += &as_link(&file, registry);
    }
    text
}

/// The hosts, and what starts the plugin.
fn hosts(registry: &Registry) -> &'static str {
    let for_velero = registry.declarations().any(|plugin| plugin.kind.min_velero().is_some());
    let for_others = registry.declarations().any(|plugin| plugin.kind.min_velero().is_none());
    match (for_velero, for_others) {
        (_, false) => "Velero, started by Velero's server",
        (false, true) => "Argo CD EphemeralAccess, started by its controller",
        (true, true) => {
            "Velero and Argo CD EphemeralAccess, started by Velero's server and EphemeralAccess's controller"
        }
    }
}

/// The plugin that a file with this name provides to Heptio Ark 0.9.
fn as_link(file: &ark::FileName, registry: &Registry) -> String {
    file.kinds().iter().fold(String::new(), |mut text, kind| {
        let _ = match registry.find(*kind, Names::Ark, &file.name) {
            Ok(plugin) => {
                let (kind, name) = (Names::Ark.of_kind(*kind), &plugin.declaration.name);
                writeln!(text, "As {file}, it is the {kind} {name} for Heptio Ark 0.9 and earlier.")
            }
            Err(missing) => writeln!(text, "As {file}, it is not a plugin for Heptio Ark: {missing}."),
        };
        text
    })
}

fn usage(program: &str) -> String {
    format!(
        "Usage: {program} COMMAND

  list                            List the plugins in this binary
  install [--target DIR] [--ark]  Copy this binary to DIR [default: /target]. Use it as the entry point of an
                                  image for `velero plugin add IMAGE`, or of an init container that installs
                                  the plugin at EphemeralAccess's EPHEMERAL_PLUGIN_PATH. With --ark, for
                                  Heptio Ark 0.9 and earlier and `ark plugin add IMAGE`, create one file
                                  ark-<kind>-<name> per plugin
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
