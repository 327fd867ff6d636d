//! Which actions there are, in Velero's order, and what each of them is for.

use plugwright::client::PluginIdentifier;
use plugwright::{Kind, ResourceSelector};
use plugwright_model::selector::{Resolved, Selector};
use plugwright_model::suggest;

use crate::failure::Failure;
use crate::manifest::Manifest;
use crate::resources::Discovery;
use crate::session::Session;

/// What Velero does when it calls actions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Finds out what must be backed up together.
    ItemBlock,
    Backup,
    Restore,
    /// Deletes a backup.
    Delete,
}

impl Phase {
    fn of(kind: Kind) -> Option<Self> {
        match kind {
            Kind::ItemBlockAction => Some(Self::ItemBlock),
            Kind::BackupItemAction | Kind::BackupItemActionV2 => Some(Self::Backup),
            Kind::RestoreItemAction | Kind::RestoreItemActionV2 => Some(Self::Restore),
            Kind::DeleteItemAction => Some(Self::Delete),
            Kind::ObjectStore | Kind::VolumeSnapshotter | Kind::AccessRequester => None,
        }
    }
}

/// One action, ready to be asked about items.
pub(crate) struct Action {
    pub(crate) plugin: PluginIdentifier,
    pub(crate) phase: Phase,
    pub(crate) selector: ResourceSelector,
    pub(crate) resolved: Resolved,
}

/// All actions that are to be tried.
pub(crate) struct Plan {
    /// In the order of the binary's own list, which is the order in which Velero calls them
    /// (`pkg/plugin/clientmgmt/process/registry.go`, `register`): V1 and V2 actions as they come there.
    pub(crate) actions: Vec<Action>,
    /// Actions whose selector cannot be had or is wrong, with the reason.
    pub(crate) unusable: Vec<(PluginIdentifier, String)>,
    pub(crate) discovery: Discovery,
}

impl Plan {
    /// Of the plugins with these names, or of all where there are no names.
    pub(crate) async fn make(
        session: &Session,
        names: &[String],
        manifests: &[Manifest],
    ) -> Result<Self, Failure> {
        let plugins = session.plugins().await?;
        check_names(names, &plugins)?;
        let items = manifests.iter().map(|manifest| manifest.item.as_value());
        let mut plan = Self { actions: Vec::new(), unusable: Vec::new(), discovery: Discovery::new(items) };
        for plugin in plugins {
            let wanted = names.is_empty() || names.contains(&plugin.name);
            let Some(phase) = Phase::of(plugin.kind).filter(|_| wanted) else { continue };
            let selector = match session.applies_to(&plugin).await {
                None => continue,
                Some(Ok(selector)) => selector,
                Some(Err(error)) => {
                    plan.unusable.push((plugin, error.to_string()));
                    continue;
                }
            };
            match resolve(&selector, &plan.discovery) {
                Ok(resolved) => plan.actions.push(Action { plugin, phase, selector, resolved }),
                Err(error) => plan.unusable.push((plugin, error)),
            }
        }
        if plan.actions.is_empty() && plan.unusable.is_empty() {
            return Err(Failure::new(
                "there are no item actions in it: object stores and volume snapshotters see no items, and an access \
                 requester is tried with --access-request",
            ));
        }
        Ok(plan)
    }
}

fn resolve(selector: &ResourceSelector, discovery: &Discovery) -> Result<Resolved, String> {
    let selector = Selector {
        included_namespaces: selector.included_namespaces.clone(),
        excluded_namespaces: selector.excluded_namespaces.clone(),
        included_resources: selector.included_resources.clone(),
        excluded_resources: selector.excluded_resources.clone(),
        label_selector: selector.label_selector.clone(),
    };
    let resolved = selector.resolve(|word| discovery.resolve(word));
    resolved.map_err(|error| format!("its label selector `{}`: {error}", selector.label_selector))
}

fn check_names(names: &[String], plugins: &[PluginIdentifier]) -> Result<(), Failure> {
    let known = || plugins.iter().map(|plugin| plugin.name.as_str());
    let Some(unknown) = names.iter().find(|name| !known().any(|known| known == name.as_str())) else {
        return Ok(());
    };
    let hint = match suggest::closest(unknown, known()) {
        Some(name) => format!("did you mean `{name}`?"),
        None => format!("the plugins are {}", known().collect::<Vec<_>>().join(", ")),
    };
    Err(Failure::new(format!("there is no plugin `{unknown}` in it; {hint}")))
}
