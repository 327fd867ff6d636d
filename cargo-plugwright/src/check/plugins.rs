//! Starts the process as the hosts do and checks the plugins that it lists.

use std::path::Path;
use std::time::Instant;

use plugwright::Kind;
use plugwright::client::{PluginIdentifier, StartError, StartErrorReason};
use plugwright_model::{name, suggest};

use super::elf::Facts;
use super::finding::Finding;
use crate::declared::Declared;
use crate::resources;
use crate::session::{Host, LogLevel, NO_PLUGINS, Session, hangs, min_velero};

/// The result.
#[derive(Default)]
pub(super) struct Seen {
    pub(super) started: bool,
    velero: Vec<PluginIdentifier>,
    access_requester: bool,
    pub(super) findings: Vec<Finding>,
}

impl Seen {
    pub(super) fn is_for_velero(&self) -> bool {
        !self.velero.is_empty() || !self.started
    }

    pub(super) fn is_for_access(&self) -> bool {
        self.access_requester
    }

    /// Whether the binary contains a plugin that a library declares.
    pub(super) fn has(&self, declared: &str) -> bool {
        let of_velero = self
            .velero
            .iter()
            .any(|plugin| declared == format!("{} {}", plugin.kind.unique_in(), plugin.name.escape_debug()));
        let name = Kind::AccessRequester.only_name().unwrap_or_default();
        of_velero || (self.access_requester && declared == format!("{} {name}", Kind::AccessRequester))
    }
}

/// Reports settings in `Cargo.toml` for plugins that the binary does not contain. They would be unused.
pub(super) fn settings(declared: &Declared, seen: &Seen) -> Vec<Finding> {
    let mut findings = Vec::new();
    for settings in declared.config.iter().filter(|_| seen.started) {
        let (kind, name) = (settings.kind, &settings.plugin);
        if seen.velero.iter().any(|plugin| plugin.kind == kind && plugin.name == *name) {
            continue;
        }
        let names =
            seen.velero.iter().filter(|plugin| plugin.kind == kind).map(|plugin| plugin.name.as_str());
        let cure = match suggest::closest(name, names) {
            Some(near) => format!("Did you mean `{near}`?"),
            None => "`cargo plugwright list` shows the plugins".to_owned(),
        };
        let what = format!("Cargo.toml has settings for {kind} {name}, which the binary does not contain");
        findings.push(Finding::error(what, cure));
    }
    findings
}

pub(super) async fn look(binary: &Path, facts: &Facts) -> Seen {
    let mut seen = Seen::default();
    if !facts.runs_here() {
        let what = format!("not started: it requires linux/{}, unlike this machine", facts.architecture);
        seen.findings.push(Finding::note(what));
        return seen;
    }
    let start = Instant::now();
    let for_velero = Session::start(binary, LogLevel::Error.into(), Host::Velero).await;
    let took = start.elapsed();
    let hangs = for_velero.as_ref().is_err_and(hangs);
    if let (false, Some(took)) = (hangs, access_requester(binary, hangs).await) {
        seen.access_requester = true;
        let what = format!("starts as a plugin of EphemeralAccess in {} ms", took.as_millis());
        seen.findings.push(Finding::fine(what));
    }
    match for_velero {
        Ok(session) => {
            seen.started = true;
            look_for_velero(session, took.as_millis(), &mut seen).await;
        }
        // The binary may be for EphemeralAccess only.
        Err(_) if seen.access_requester => seen.started = true,
        Err(error) => {
            let what = format!("It does not start as a plugin: {error}");
            seen.findings.push(Finding::error(what, start_cure(&error)));
        }
    }
    if seen.started && seen.velero.is_empty() && !seen.access_requester {
        seen.findings.push(Finding::error("It has no plugins", NO_PLUGINS));
    }
    seen
}

async fn access_requester(binary: &Path, hangs: bool) -> Option<std::time::Duration> {
    if hangs { None } else { Session::access_requester(binary).await }
}

fn start_cure(error: &StartError) -> &'static str {
    match &error.reason {
        StartErrorReason::Spawn(error) if error.kind() == std::io::ErrorKind::PermissionDenied => {
            "Make the file executable: `chmod +x`"
        }
        StartErrorReason::Spawn(_) => "Build it for this machine",
        _ => "Use `plugwright::main!();`, and neither print nor exit before it",
    }
}

async fn look_for_velero(session: Session, took: u128, seen: &mut Seen) {
    match session.plugins().await {
        Err(failure) => {
            seen.findings.push(Finding::error(failure.to_string(), "Implement PluginLister's ListPlugins"));
        }
        Ok(plugins) if plugins.is_empty() => {}
        Ok(plugins) => {
            seen.findings.push(Finding::fine(format!(
                "starts as a plugin of Velero in {took} ms, with plugins: {}",
                plugins.len()
            )));
            let listed: Vec<_> = plugins.iter().map(|plugin| (plugin.kind, plugin.name.as_str())).collect();
            seen.findings.extend(names(&listed));
            seen.findings.push(needs(&plugins));
            for plugin in &plugins {
                match session.applies_to(plugin).await {
                    None => {}
                    Some(Ok(selector)) => seen.findings.extend(resources::doubts(&selector).into_iter().map(
                        |doubt| Finding::warning(format!("{plugin}: {doubt}"), "A custom resource needs its group, as in `name.example.io`"),
                    )),
                    Some(Err(error)) => seen.findings.push(Finding::error(
                        format!("{plugin} cannot report what it applies to: {error}"),
                        "Make `applies_to` work without a cluster: if it fails, so does the whole backup or restore",
                    )),
                }
            }
            seen.velero = plugins;
        }
    }
    session.end().await;
}

/// Checks the names as Velero does. The attributes reject invalid names at compile time, but not every binary is made
/// with them.
fn names(plugins: &[(Kind, &str)]) -> Vec<Finding> {
    let cure = "Use unique names";
    let mut findings = Vec::new();
    for (at, (kind, name)) in plugins.iter().enumerate() {
        if let Err(error) = name::check(name) {
            let what = format!("Velero rejects the name of {kind} {name}");
            findings.push(Finding::error(what, error.to_string()));
        }
        for (other, _) in plugins[at + 1..].iter().filter(|(_, other)| other == name) {
            if other == kind {
                let what = format!("{kind} {name} is declared twice: Velero registers only one of them");
                findings.push(Finding::error(what, cure));
            } else if kind.twin() == Some(*other) {
                let what = format!("{kind} and {other} share the name {name}: Velero calls only the second");
                findings.push(Finding::error(what, cure));
            }
        }
    }
    findings
}

fn needs(plugins: &[PluginIdentifier]) -> Finding {
    let (newest, because) = min_velero(plugins.iter()).unzip();
    match (newest, because.as_deref()) {
        (Some((major, minor)), Some([plugin, ..])) if (major, minor) > (1, 0) => Finding::note(format!(
            "requires Velero {major}.{minor} or later for {plugin}; older releases load the other plugins"
        )),
        _ => Finding::fine("supported by every Velero release, and by Heptio Ark since 0.6"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_checked_as_velero_does() {
        use Kind::{DeleteItemAction, RestoreItemAction, RestoreItemActionV2};
        let found = |plugins: &[(Kind, &str)]| format!("{:?}", names(plugins));
        let fine = [(RestoreItemAction, "a.b/c"), (DeleteItemAction, "a.b/c")];
        assert_eq!(found(&fine), "[]");
        let twice = [(RestoreItemAction, "a.b/c"), (RestoreItemAction, "a.b/c")];
        assert!(found(&twice).contains("declared twice"));
        let twins = [(RestoreItemAction, "a.b/c"), (RestoreItemActionV2, "a.b/c")];
        assert!(found(&twins).contains("share the name"));
        assert!(found(&[(DeleteItemAction, "c")]).contains("rejects the name"));
    }
}
