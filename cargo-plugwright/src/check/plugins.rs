//! What the hosts see of it: the process is started as they start it.

use std::path::Path;
use std::time::Instant;

use plugwright::Kind;
use plugwright::client::PluginIdentifier;
use plugwright_model::name;

use super::elf::Facts;
use super::finding::Finding;
use crate::session::{Host, LogLevel, Session, min_velero};

/// What came of it.
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

    /// Whether a plugin is there that a library declares, by the kind in which its name is the only one.
    pub(super) fn has(&self, declared: &str) -> bool {
        let of_velero = self
            .velero
            .iter()
            .any(|plugin| declared == format!("{} {}", plugin.kind.unique_in(), plugin.name.escape_debug()));
        let name = Kind::AccessRequester.only_name().unwrap_or_default();
        of_velero || (self.access_requester && declared == format!("{} {name}", Kind::AccessRequester))
    }
}

pub(super) async fn look(binary: &Path, facts: &Facts) -> Seen {
    let mut seen = Seen::default();
    if !facts.runs_here() {
        let what = format!("not started: it is for linux/{}, and this machine is not", facts.architecture);
        seen.findings.push(Finding::note(what));
        return seen;
    }
    let start = Instant::now();
    let for_velero = Session::start(binary, LogLevel::Error.into(), Host::Velero).await;
    let took = start.elapsed();
    if let Some(took) = Session::access_requester(binary).await {
        seen.access_requester = true;
        let what = format!("starts as EphemeralAccess's plugin, in {} ms", took.as_millis());
        seen.findings.push(Finding::fine(what));
    }
    match for_velero {
        Ok(session) => {
            seen.started = true;
            look_for_velero(session, took.as_millis(), &mut seen).await;
        }
        // It may be for EphemeralAccess only.
        Err(_) if seen.access_requester => seen.started = true,
        Err(error) => seen.findings.push(Finding::error(
            format!("It does not start as a plugin: {error}"),
            "Its `main` is `plugwright::main!();`, and nothing may end the process or print before that",
        )),
    }
    if seen.started && seen.velero.is_empty() && !seen.access_requester {
        seen.findings.push(Finding::error(
            "There are no plugins in it",
            "A library crate that declares some is linked only where `main` names it: `plugwright::main!(the_library)`",
        ));
    }
    seen
}

async fn look_for_velero(session: Session, took: u128, seen: &mut Seen) {
    match session.plugins().await {
        Err(failure) => {
            seen.findings
                .push(Finding::error(failure.to_string(), "It has to answer PluginLister's ListPlugins"));
        }
        Ok(plugins) if plugins.is_empty() => {}
        Ok(plugins) => {
            seen.findings.push(Finding::fine(format!(
                "starts as Velero's plugin, in {took} ms; plugins in it: {}",
                plugins.len()
            )));
            let listed: Vec<_> = plugins.iter().map(|plugin| (plugin.kind, plugin.name.as_str())).collect();
            seen.findings.extend(names(&listed));
            seen.findings.push(needs(&plugins));
            for plugin in &plugins {
                if let Some(Err(error)) = session.applies_to(plugin).await {
                    seen.findings.push(Finding::error(
                        format!("{plugin} cannot say what it applies to: {error}"),
                        "Velero's whole backup or restore fails where one plugin cannot: make `applies_to` answer without a cluster",
                    ));
                }
            }
            seen.velero = plugins;
        }
    }
    session.end().await;
}

/// What a Go plugin finds out from Velero's log. The attributes refuse all of it; a binary may be made of something else.
fn names(plugins: &[(Kind, &str)]) -> Vec<Finding> {
    let cure = "Give each a name of its own";
    let mut findings = Vec::new();
    for (at, (kind, name)) in plugins.iter().enumerate() {
        if let Err(error) = name::check(name) {
            let what = format!("Velero does not take the name of {kind} {name}");
            findings.push(Finding::error(what, error.to_string()));
        }
        for (other, _) in plugins[at + 1..].iter().filter(|(_, other)| other == name) {
            if other == kind {
                let what = format!("{kind} {name} is there twice: Velero takes one of them only");
                findings.push(Finding::error(what, cure));
            } else if kind.twin() == Some(*other) {
                let what = format!(
                    "{kind} and {other} have one name, {name}: Velero calls the second in place of both"
                );
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
            "all of it needs Velero {major}.{minor} or later, because of {plugin}; an older one is given what it knows"
        )),
        _ => Finding::fine("every Velero knows these kinds, and Heptio Ark since 0.6"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_looked_at_as_velero_does() {
        use Kind::{DeleteItemAction, RestoreItemAction, RestoreItemActionV2};
        let found = |plugins: &[(Kind, &str)]| format!("{:?}", names(plugins));
        let fine = [(RestoreItemAction, "a.b/c"), (DeleteItemAction, "a.b/c")];
        assert_eq!(found(&fine), "[]");
        let twice = [(RestoreItemAction, "a.b/c"), (RestoreItemAction, "a.b/c")];
        assert!(found(&twice).contains("there twice"));
        let twins = [(RestoreItemAction, "a.b/c"), (RestoreItemActionV2, "a.b/c")];
        assert!(found(&twins).contains("have one name"));
        assert!(found(&[(DeleteItemAction, "c")]).contains("does not take the name"));
    }
}
