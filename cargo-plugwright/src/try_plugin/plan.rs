//! The actions of a binary in Velero's order, and what each applies to.

use std::time::Duration;

use plugwright::client::PluginIdentifier;
use plugwright::{Kind, ResourceSelector};
use plugwright_model::selector::{Resolved, Selector};
use plugwright_model::suggest;

use crate::failure::Failure;
use crate::manifest::Manifest;
use crate::patience;
use crate::resources::Discovery;
use crate::session::{NO_PLUGINS, Session};

/// The operation in which Velero calls an action.
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
            _ => None,
        }
    }
}

/// An action with its resolved selector.
pub(crate) struct Action {
    pub(crate) plugin: PluginIdentifier,
    pub(crate) phase: Phase,
    pub(crate) selector: ResourceSelector,
    pub(crate) resolved: Resolved,
}

/// All actions to try.
pub(crate) struct Plan {
    /// In the order of the binary's own list, which is the order in which Velero calls them
    /// (`pkg/plugin/clientmgmt/process/registry.go`, `register`): V1 and V2 actions as they come there.
    pub(crate) actions: Vec<Action>,
    /// Actions whose selector is unavailable or invalid, with the reason.
    pub(crate) unusable: Vec<(PluginIdentifier, String)>,
    pub(crate) discovery: Discovery,
}

impl Plan {
    /// The plugins with these names; all of them without names.
    pub(crate) async fn make(
        session: &Session,
        names: &[String],
        manifests: &[Manifest],
        timeout: Option<Duration>,
    ) -> Result<Self, Failure> {
        let plugins = session.plugins().await?;
        check_names(names, &plugins)?;
        let is_empty = plugins.is_empty();
        let items = manifests.iter().map(|manifest| manifest.item.as_value());
        let mut plan = Self { actions: Vec::new(), unusable: Vec::new(), discovery: Discovery::new(items) };
        for plugin in plugins {
            let wanted = names.is_empty() || names.contains(&plugin.name);
            let Some(phase) = Phase::of(plugin.kind).filter(|_| wanted) else { continue };
            let what = format!("applies_to of {plugin}");
            let selector = match patience::wait(what, timeout, session.applies_to(&plugin)).await {
                Ok(None) => continue,
                Ok(Some(Ok(selector))) => selector,
                Ok(Some(Err(error))) => {
                    plan.unusable.push((plugin, error.to_string()));
                    continue;
                }
                Err(timed_out) => {
                    plan.unusable.push((plugin, timed_out.to_string()));
                    continue;
                }
            };
            match resolve(&selector, &plan.discovery) {
                Ok(resolved) => plan.actions.push(Action { plugin, phase, selector, resolved }),
                Err(error) => plan.unusable.push((plugin, error)),
            }
        }
        if plan.actions.is_empty() && plan.unusable.is_empty() {
            let is_for_access = is_empty && Session::access_requester(session.path()).await.is_some();
            return Err(Failure::new(if is_empty && !is_for_access {
                format!("the binary has no plugins\n  {NO_PLUGINS}")
            } else {
                "the binary has no item actions; try object stores and volume snapshotters with --location, an access \
                 requester with --access-request"
                    .to_owned()
            }));
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
    resolved.map_err(|error| format!("invalid label selector `{}`: {error}", selector.label_selector))
}

pub(super) fn check_names(names: &[String], plugins: &[PluginIdentifier]) -> Result<(), Failure> {
    let known = || plugins.iter().map(|plugin| plugin.name.as_str());
    let Some(unknown) = names.iter().find(|name| !known().any(|known| known == name.as_str())) else {
        return Ok(());
    };
    let hint = match suggest::closest(unknown, known()) {
        Some(name) => format!("did you mean `{name}`?"),
        None => format!("it has: {}", known().collect::<Vec<_>>().join(", ")),
    };
    Err(Failure::new(format!("the binary has no plugin `{unknown}`; {hint}")))
}
