//! Detects which kinds the Velero that started this process supports.
//!
//! Velero rejects a whole binary, and fails to start, if its list has an unknown kind (`plugin_lister.go`,
//! `ListPlugins`), and it does not report its version. Checked in this order:
//!
//! 1. `PLUGWRIGHT_HOST_VERSION`, if set;
//! 2. the gRPC version in the request's user agent: too old for a kind, or from a Velero that supports all
//!    kinds;
//! 3. the host's own program, which contains the names of the methods it calls.
//!
//! Kinds that the host does not support are omitted. If nothing is conclusive, all are listed and the log
//! says so.

mod program;
mod user_agent;

use std::cell::OnceCell;

use plugwright_model::{Kind, Since};

use crate::Result;
use crate::hosts::version::{self, Version};
use crate::{Declaration, bail};
use go_plugin::Environment;
use program::Program;
use user_agent::UserAgent;

/// The facts known about the host before it calls.
#[derive(Debug, Clone, Default)]
pub(super) struct Generation {
    stated: Option<Version>,
}

/// Whether the host supports a kind, and the evidence.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Known {
    Yes,
    No(String),
    Unclear,
}

impl Generation {
    pub(super) fn of_host(environment: &Environment) -> Result<Self> {
        let stated = Version::stated(environment)?;
        if let Some(stated) = stated
            && stated < Version::new(1, 0)
        {
            bail!(
                "{} is {stated}, but the host is Velero 1.0 or later, which set VELERO_PLUGIN and not ARK_PLUGIN",
                version::VARIABLE
            );
        }
        Ok(Self { stated })
    }

    /// Whether [`listed`](Self::listed) must read the host's program, a file of about a hundred MiB.
    pub(super) fn reads_program<'a>(
        &self,
        plugins: impl Iterator<Item = &'a Declaration>,
        user_agent: &str,
    ) -> bool {
        let asking = self.asking(user_agent);
        let mut kinds = plugins.filter_map(|plugin| plugin.kind.velero());
        kinds.any(|since| asking.knows_without_program(since).is_none())
    }

    fn asking(&self, user_agent: &str) -> Asking<fn() -> Option<Program>> {
        Asking {
            stated: self.stated,
            user_agent: UserAgent::parse(user_agent),
            program: Program::of_host,
            read: OnceCell::new(),
        }
    }

    /// Returns the plugins to list for the host. Logs the omitted plugins and those that may be too new.
    pub(super) fn listed<'a>(
        &self,
        plugins: impl Iterator<Item = &'a Declaration>,
        user_agent: &str,
    ) -> Vec<&'a Declaration> {
        let asking = self.asking(user_agent);
        plugins.filter(|plugin| asking.lists(plugin)).collect()
    }
}

/// The requesting host, and its program, read once and only if needed.
struct Asking<Read> {
    stated: Option<Version>,
    user_agent: Option<UserAgent>,
    program: Read,
    read: OnceCell<Option<Program>>,
}

impl<Read: Fn() -> Option<Program>> Asking<Read> {
    fn lists(&self, plugin: &Declaration) -> bool {
        let Declaration { kind, name, .. } = plugin;
        // Plugins for other hosts are not listed to Velero.
        let Some(since) = kind.velero() else { return false };
        let (major, minor) = since.version;
        match self.knows(*kind, since) {
            Known::Yes => true,
            Known::No(why) => {
                tracing::warn!(
                    "{kind} {name} is omitted: it requires Velero {major}.{minor}, and {why}. Velero rejects all plugins \
                     of a binary that lists an unknown kind"
                );
                false
            }
            Known::Unclear => {
                tracing::warn!(
                    "{kind} {name} requires Velero {major}.{minor}, but the host's version is unknown. An older Velero \
                     rejects all plugins of this binary; set {}=<version> in the host's environment",
                    version::VARIABLE
                );
                true
            }
        }
    }

    /// Whether the host supports a kind introduced in this version.
    fn knows(&self, kind: Kind, since: Since) -> Known {
        let told = self.knows_without_program(since);
        told.unwrap_or_else(|| match self.read.get_or_init(&self.program) {
            Some(program) if program.knows(kind) => Known::Yes,
            Some(_) => Known::No("the host's program does not contain the kind".to_owned()),
            None => Known::Unclear,
        })
    }

    /// `None` if only the host's program can tell.
    fn knows_without_program(&self, since: Since) -> Option<Known> {
        let (major, minor) = since.version;
        if (major, minor) == (1, 0) {
            return Some(Known::Yes);
        }
        if let Some(stated) = self.stated {
            return Some(if stated < Version::new(major, minor) {
                Known::No(format!("{} is {stated}", version::VARIABLE))
            } else {
                Known::Yes
            });
        }
        let agent = self.user_agent?;
        if agent.is_too_old_for(since) {
            return Some(Known::No(format!("the host uses {agent}, which is older")));
        }
        agent.knows_all().then_some(Known::Yes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::declare::testing::{delete, restore};
    use crate::log::testing::logged;

    /// The kinds that not every Velero has.
    pub(super) const NEW: [Kind; 4] =
        [Kind::DeleteItemAction, Kind::BackupItemActionV2, Kind::RestoreItemActionV2, Kind::ItemBlockAction];

    fn asking(
        stated: Option<&str>,
        agent: &str,
        program: Option<&[Kind]>,
    ) -> Asking<impl Fn() -> Option<Program>> {
        Asking {
            stated: stated.and_then(Version::parse),
            user_agent: UserAgent::parse(agent),
            program: move || program.map(|kinds| Program::with(kinds.iter().copied())),
            read: OnceCell::new(),
        }
    }

    fn known(stated: Option<&str>, agent: &str, program: Option<&[Kind]>) -> Vec<Kind> {
        let asking = asking(stated, agent, program);
        let knows = |kind: &Kind| !matches!(asking.knows(*kind, kind.velero().unwrap()), Known::No(_));
        Kind::VELERO.into_iter().filter(knows).collect()
    }

    fn without(kinds: &[Kind]) -> Vec<Kind> {
        Kind::VELERO.into_iter().filter(|kind| !kinds.contains(kind)).collect()
    }

    #[test]
    fn a_stated_version_decides() {
        assert_eq!(known(Some("1.4"), "grpc-go/1.81.1", Some(&NEW)), without(&NEW));
        assert_eq!(known(Some("1.10.2"), "", None), without(&NEW[1..]));
        assert_eq!(known(Some("1.14"), "", None), without(&[Kind::ItemBlockAction]));
        assert_eq!(known(Some("1.15"), "grpc-go/1.19.0", Some(&[])), Kind::VELERO);
    }

    #[test]
    fn old_and_new_user_agents_are_conclusive() {
        assert_eq!(known(None, "grpc-go/1.19.0", Some(&NEW)), without(&NEW));
        assert_eq!(known(None, "grpc-go/1.31.0", Some(&[Kind::DeleteItemAction])), without(&NEW[1..]));
        assert_eq!(known(None, "grpc-go/1.69.4", Some(&[])), Kind::VELERO);
    }

    #[test]
    fn otherwise_the_program_decides() {
        let kinds = [Kind::DeleteItemAction];
        assert_eq!(known(None, "grpc-go/1.45.0", Some(&kinds)), without(&NEW[1..]));
        assert_eq!(known(None, "grpc-go/1.63.2", Some(&NEW)), Kind::VELERO);
        assert_eq!(known(None, "", Some(&kinds)), without(&NEW[1..]));
    }

    #[test]
    fn all_kinds_are_listed_by_default() {
        assert_eq!(known(None, "grpc-go/1.63.2", None), Kind::VELERO);
        assert_eq!(known(None, "", None), Kind::VELERO);
    }

    #[test]
    fn the_log_gives_the_reason() {
        let plugin = delete("a.b/c");
        for (stated, agent, program, reason) in [
            (Some("1.4"), "", None, "PLUGWRIGHT_HOST_VERSION is 1.4"),
            (None, "grpc-go/1.19.0", None, "the host uses gRPC 1.19, which is older"),
            (None, "", Some(&[][..]), "the host's program does not contain the kind"),
        ] {
            let logged = logged(|| assert!(!asking(stated, agent, program).lists(&plugin)));
            let omitted = "WARN DeleteItemAction a.b/c is omitted: it requires Velero 1.5, and ";
            assert!(logged[0].starts_with(&format!("{omitted}{reason}. ")), "{logged:?}");
        }
        let logged = logged(|| assert!(asking(None, "", None).lists(&plugin)));
        let unknown = "WARN DeleteItemAction a.b/c requires Velero 1.5, but the host's version is unknown. ";
        assert!(logged[0].starts_with(unknown), "{logged:?}");
    }

    #[test]
    fn reads_the_program_only_if_nothing_else_is_conclusive() {
        let reads = |stated: &str, plugins: &[Declaration], agent| {
            let environment = Environment::of([(version::VARIABLE, stated)]);
            Generation::of_host(&environment).unwrap().reads_program(plugins.iter(), agent)
        };
        let plugins = [restore("a.b/c"), delete("a.b/c")];
        assert!(reads("", &plugins, "grpc-go/1.45.0") && reads("", &plugins, ""));
        // Every Velero has the first kind.
        assert!(!reads("", &plugins[..1], ""));
        for stated in ["1.0", "1.18"] {
            assert!(!reads(stated, &plugins, ""));
        }
        for agent in ["grpc-go/1.19.0", "grpc-go/1.69.4"] {
            assert!(!reads("", &plugins, agent));
        }
    }

    #[test]
    fn rejects_arks_versions_for_velero() {
        let environment = Environment::of([(version::VARIABLE, "0.11")]);
        let error = Generation::of_host(&environment).unwrap_err().to_string();
        assert!(
            error.starts_with("PLUGWRIGHT_HOST_VERSION is 0.11, but the host is Velero 1.0 or later"),
            "{error}"
        );
    }
}
