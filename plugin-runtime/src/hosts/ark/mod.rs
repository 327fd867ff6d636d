//! Heptio Ark 0.6 to 0.11, Velero's predecessor; 0.11 already has Velero's name but Ark's protocol.
//!
//! Ark has two dialects with the same method paths and different messages. Both are converted to Velero's
//! messages and passed to [`velero`](super::velero)'s services:
//!
//! | | 0.6 to 0.9 | 0.10 and 0.11 |
//! |---|---|---|
//! | called plugin | one per process, by the file name | named by each request |
//! | list of plugins | none | like Velero's |
//! | kinds | object store, block store, both in one process, backup and restore item action | the same, but not two in one |

mod backup;
mod dialect;
mod file_name;
mod restore;
pub(super) mod v0_10;
pub(super) mod v0_9;

use std::sync::Arc;

use go_plugin::{Environment, Handshake, Server};
use plugwright_model::Kind;

use crate::declare::names::Names;
use crate::declare::registry::Registry;
use crate::hosts::velero::call::Dispatcher;
use crate::{Declaration, Result, bail};
use dialect::Dialect;
pub(crate) use file_name::FileName;

/// `pkg/plugin/shared.go`, later `server.go`.
pub(crate) const HANDSHAKE: Handshake = Handshake::new("ARK_PLUGIN", "hello");

/// The version of Ark's application protocol (same files).
const VERSION: u32 = 1;

/// Code generated from Ark's contracts.
#[allow(clippy::all, clippy::pedantic, missing_docs, unreachable_pub, unused_qualifications)]
mod proto {
    pub(super) mod v0_9 {
        include!("../../generated/ark/v0_9/generated.rs");
    }
    pub(super) mod v0_10 {
        include!("../../generated/ark/v0_10/generated.rs");
    }
}

/// The service of each kind, in both dialects.
pub(super) const SERVICES: [(Kind, &str); 4] = [
    (Kind::ObjectStore, "generated.ObjectStore"),
    (Kind::VolumeSnapshotter, "generated.BlockStore"),
    (Kind::BackupItemAction, "generated.BackupItemAction"),
    (Kind::RestoreItemAction, "generated.RestoreItemAction"),
];

/// The services for the Ark that started this process.
pub(crate) fn server(registry: Registry, environment: &Environment) -> Result<Server> {
    check_names(&registry)?;
    let registry = Arc::new(registry);
    let dispatcher = Dispatcher::new(Arc::clone(&registry), Names::Ark, environment);
    let services = match Dialect::of_host(environment)? {
        Dialect::V0_9(file) => {
            let missing =
                file.kinds().iter().find_map(|kind| registry.find(*kind, Names::Ark, &file.name).err());
            if let Some(missing) = missing {
                // Each call also reports it, but the host decides which calls it makes.
                tracing::error!("invalid file name `{file}`: {missing}");
            }
            v0_9::services(&registry, &file, &dispatcher)
        }
        Dialect::V0_10 => v0_10::services(&registry, &environment.command, &dispatcher),
    };
    // Ark's go-plugin, of 2017, predates reflection.
    Ok(Server::new(HANDSHAKE).version(VERSION, services).without_reflection().exit_on_disconnect())
}

/// The plugins of a binary that Ark supports.
pub(crate) fn plugins(registry: &Registry) -> impl Iterator<Item = &Declaration> {
    registry.declarations().filter(|plugin| plugin.kind.ark().is_some())
}

/// Plugins with different names in Velero may have the same name in Ark.
fn check_names(registry: &Registry) -> Result<()> {
    let plugins: Vec<_> = plugins(registry).collect();
    for (index, a) in plugins.iter().enumerate() {
        let name = Names::Ark.of(a);
        let same = |b: &&&Declaration| b.kind == a.kind && Names::Ark.of(b) == name;
        if let Some(b) = plugins[index + 1..].iter().find(same) {
            bail!(
                "two {} plugins have the Ark name `{name}`: {}, declared at {}, and {}, declared at {}; give one of \
                 them an `ark_name`",
                Names::Ark.of_kind(a.kind),
                a.name,
                a.place,
                b.name,
                b.place,
            );
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #[cfg(feature = "client")]
    mod calls;

    use super::*;
    use crate::Plugins;
    use crate::declare::testing::{self, delete};

    fn restore(name: &str, line: u32) -> Declaration {
        testing::restore(name).__declared("src/a.rs", line, "")
    }

    fn checked(plugins: Plugins) -> Result<()> {
        check_names(&plugins.into_registry().unwrap())
    }

    #[test]
    fn rejects_duplicate_ark_name_with_both_places() {
        let error = checked(Plugins::new().with(restore("a.b/c", 1)).with(restore("x.y/c", 2))).unwrap_err();
        assert_eq!(
            error.to_string(),
            "two RestoreItemAction plugins have the Ark name `c`: a.b/c, declared at src/a.rs:1, and x.y/c, declared \
             at src/a.rs:2; give one of them an `ark_name`"
        );
        checked(Plugins::new().with(restore("a.b/c", 1)).with(restore("x.y/c", 2).ark_name("d"))).unwrap();
    }

    #[test]
    fn kinds_unknown_to_ark_are_ignored() {
        let plugins = Plugins::new().with(delete("a.b/c")).with(delete("x.y/c")).with(restore("a.b/c", 1));
        checked(plugins.clone()).unwrap();
        let registry = plugins.into_registry().unwrap();
        assert_eq!(super::plugins(&registry).count(), 1);
    }
}
