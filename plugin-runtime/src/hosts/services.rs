//! The services of each kind.
//!
//! A declaration refers to the services of its kind, so that a binary contains only those of the kinds that it
//! declares. For the others, [`undeclared`] answers.

use go_plugin::grpc::{Methods, Services};
use plugwright_model::Kind;
use prost::Message;

use super::ark::{v0_9, v0_10};
use super::velero::call::Dispatcher;
use super::velero::{self, object_store, volume_snapshotter};
use crate::declare::registry::Registry;

/// The services through which hosts call the plugins of one kind. `None` if the host does not support the kind.
pub(crate) struct KindServices {
    pub(crate) kind: Kind,
    pub(super) velero: Option<fn(Dispatcher) -> Methods>,
    /// Ark 0.10 and 0.11.
    pub(super) ark: Option<fn(Dispatcher) -> Methods>,
    /// Ark 0.6 to 0.9, in which requests do not name a plugin.
    pub(super) old_ark: Option<fn(&str, Dispatcher) -> Methods>,
}

pub(crate) static OBJECT_STORE: KindServices = KindServices {
    kind: Kind::ObjectStore,
    velero: Some(object_store::service),
    ark: Some(object_store::service),
    old_ark: Some(v0_9::object_store::service),
};

pub(crate) static VOLUME_SNAPSHOTTER: KindServices = KindServices {
    kind: Kind::VolumeSnapshotter,
    velero: Some(volume_snapshotter::service),
    // Velero 1.0 renamed the service and kept its messages.
    ark: Some(|dispatcher| volume_snapshotter::service(dispatcher).named("generated.BlockStore")),
    old_ark: Some(v0_9::block_store::service),
};

pub(crate) static BACKUP_ITEM_ACTION: KindServices = KindServices {
    kind: Kind::BackupItemAction,
    velero: Some(velero::backup_item_action::service),
    ark: Some(v0_10::backup_item_action::service),
    old_ark: Some(v0_9::backup_item_action::service),
};

pub(crate) static RESTORE_ITEM_ACTION: KindServices = KindServices {
    kind: Kind::RestoreItemAction,
    velero: Some(velero::restore_item_action::service),
    ark: Some(v0_10::restore_item_action::service),
    old_ark: Some(v0_9::restore_item_action::service),
};

pub(crate) static BACKUP_ITEM_ACTION_V2: KindServices =
    only_velero(Kind::BackupItemActionV2, velero::backup_item_action_v2::service);
pub(crate) static RESTORE_ITEM_ACTION_V2: KindServices =
    only_velero(Kind::RestoreItemActionV2, velero::restore_item_action_v2::service);
pub(crate) static DELETE_ITEM_ACTION: KindServices =
    only_velero(Kind::DeleteItemAction, velero::delete_item_action::service);
pub(crate) static ITEM_BLOCK_ACTION: KindServices =
    only_velero(Kind::ItemBlockAction, velero::item_block_action::service);

/// EphemeralAccess's kind is served over net/rpc (`ephemeral_access`).
#[cfg(feature = "ephemeral-access")]
pub(crate) static ACCESS_REQUESTER: KindServices =
    KindServices { kind: Kind::AccessRequester, velero: None, ark: None, old_ark: None };

const fn only_velero(kind: Kind, service: fn(Dispatcher) -> Methods) -> KindServices {
    KindServices { kind, velero: Some(service), ark: None, old_ark: None }
}

/// The name of the plugin, which is the first field of every request.
#[derive(Clone, PartialEq, Message)]
struct Asked {
    #[prost(string, tag = "1")]
    plugin: String,
}

/// Adds the service of each kind in `kinds`: `declared` selects that of the host from the declared kinds'.
pub(super) fn add(
    services: Services,
    kinds: &[(Kind, &'static str)],
    registry: &Registry,
    declared: impl Fn(&KindServices) -> Option<fn(Dispatcher) -> Methods>,
    dispatcher: &Dispatcher,
) -> Services {
    kinds.iter().fold(services, |services, (kind, name)| {
        let declared = registry.services(*kind).and_then(&declared);
        services.add_methods(match declared {
            Some(service) => service(dispatcher.clone()),
            None => undeclared(name, *kind, dispatcher.clone()),
        })
    })
}

/// The service of a kind that the binary does not declare. Each call is an error that says so, like that of a Go plugin.
fn undeclared(service: &'static str, kind: Kind, dispatcher: Dispatcher) -> Methods {
    Methods::new(service).refuse_others(move |asked: Asked| dispatcher.refuse(kind, asked.plugin))
}

/// The same for Ark 0.6 to 0.9.
pub(super) fn undeclared_old_ark(
    service: &'static str,
    kind: Kind,
    plugin: &str,
    dispatcher: Dispatcher,
) -> Methods {
    let plugin = plugin.to_owned();
    Methods::new(service).refuse_others(move |()| dispatcher.refuse(kind, plugin.clone()))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use go_plugin::Environment;

    use super::*;
    use crate::Plugins;
    use crate::declare::names::Names;
    use crate::hosts::ark;

    static ALL: &[&KindServices] = &[
        &OBJECT_STORE,
        &VOLUME_SNAPSHOTTER,
        &BACKUP_ITEM_ACTION,
        &BACKUP_ITEM_ACTION_V2,
        &RESTORE_ITEM_ACTION,
        &RESTORE_ITEM_ACTION_V2,
        &DELETE_ITEM_ACTION,
        &ITEM_BLOCK_ACTION,
        #[cfg(feature = "ephemeral-access")]
        &ACCESS_REQUESTER,
    ];

    fn dispatcher() -> Dispatcher {
        let registry = Arc::new(Plugins::new().into_registry().unwrap());
        Dispatcher::new(registry, Names::Velero, &Environment::of([]))
    }

    /// An undeclared kind has the same name as a declared one.
    #[test]
    fn names_of_services() {
        for services in ALL {
            let listed = |list: &[(Kind, &'static str)]| {
                list.iter().find(|(kind, _)| *kind == services.kind).map(|(_, name)| *name)
            };
            let velero = services.velero.map(|service| service(dispatcher()).name());
            assert_eq!(velero, listed(&velero::SERVICES), "{:?}", services.kind);
            let ark = services.ark.map(|service| service(dispatcher()).name());
            assert_eq!(ark, listed(&ark::SERVICES), "{:?}", services.kind);
            let old_ark = services.old_ark.map(|service| service("x", dispatcher()).name());
            assert_eq!(old_ark, ark, "{:?}", services.kind);
        }
        assert!(Kind::VELERO.iter().all(|kind| ALL.iter().any(|services| services.kind == *kind)));
    }

    #[test]
    fn undeclared_kind_is_an_error() {
        let status = dispatcher().refuse(Kind::ObjectStore, "example.io/store".to_owned());
        assert_eq!(
            status.message(),
            "ObjectStore plugin example.io/store not found in this binary; plugins of this kind: none"
        );
    }
}
