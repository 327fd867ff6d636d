//! The actions in Velero's order, with the items they apply to.

use std::fmt;

use plugwright_model::selector::{Resolved, Selector};

use super::call::{Call, Caller, Request};
use super::report::StepError;
use super::resources::Resources;
use crate::client::{LogRecord, PluginIdentifier};
use crate::{Item, Kind, ResourceSelector};

/// The part of a backup, restore or deletion in which Velero calls an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Phase {
    /// Determines which items must be backed up together.
    ItemBlock,
    /// Backs an item up.
    Backup,
    /// Restores an item.
    Restore,
    /// Deletes a backup.
    Delete,
}

impl Phase {
    /// The phase in which plugins of this kind are called; `None` for kinds that are not item actions.
    pub fn of(kind: Kind) -> Option<Self> {
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
#[derive(Debug, Clone)]
pub(super) struct Action {
    /// The index of its binary.
    pub(super) binary: usize,
    pub(super) plugin: PluginIdentifier,
    pub(super) phase: Phase,
    pub(super) selector: ResourceSelector,
    pub(super) resolved: Resolved,
}

/// An action that cannot be called: Velero would abort the whole backup or restore.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Unusable {
    /// The action.
    pub plugin: PluginIdentifier,
    /// Why its selector is unavailable or invalid.
    pub error: StepError,
}

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "applies_to of {}: {}", self.plugin, self.error)
    }
}

impl std::error::Error for Unusable {}

/// The actions of one or more binaries in Velero's order, with their resolved selectors.
///
/// [`Chain`](super::Chain) creates one for each run. A tool that manages processes itself creates one with
/// its own [`Caller`].
#[derive(Debug, Clone)]
pub struct Plan {
    /// In the order of the binaries' lists, in which Velero calls them
    /// (`pkg/plugin/clientmgmt/process/registry.go`, `register`): V1 and V2 actions as listed.
    pub(super) actions: Vec<Action>,
    pub(super) unusable: Vec<Unusable>,
    pub(super) resources: Resources,
    logs: Vec<LogRecord>,
}

impl Plan {
    /// Calls AppliesTo of each action. Each plugin is given with the index of its binary, which
    /// [`Call::binary`] returns. Plugins that are not item actions are ignored.
    ///
    /// Known resources are Kubernetes' own and those of `CustomResourceDefinition`s among the items; the
    /// resources of other kinds are guessed.
    pub async fn make<C: Caller>(
        caller: &mut C,
        plugins: impl IntoIterator<Item = (usize, PluginIdentifier)>,
        items: &[Item],
    ) -> Result<Self, C::Error> {
        let resources = Resources::new(items.iter().map(Item::as_value));
        let mut plan = Self { actions: Vec::new(), unusable: Vec::new(), resources, logs: Vec::new() };
        for (binary, plugin) in plugins {
            let Some(phase) = Phase::of(plugin.kind) else { continue };
            let reply = caller.call(Call { binary, plugin: &plugin, request: Request::AppliesTo }).await?;
            plan.logs.extend(reply.logs);
            let resolved = reply.answer.and_then(|answer| {
                let selector = answer.into_selector()?;
                Ok((plan.resolve(&selector)?, selector))
            });
            match resolved {
                Ok((resolved, selector)) => {
                    plan.actions.push(Action { binary, plugin, phase, selector, resolved });
                }
                Err(error) => plan.unusable.push(Unusable { plugin, error }),
            }
        }
        Ok(plan)
    }

    /// Whether no plugin is an item action.
    pub fn is_empty(&self) -> bool {
        self.actions.is_empty() && self.unusable.is_empty()
    }

    /// The actions that cannot be called. A run omits them; Velero would abort the whole backup or restore.
    pub fn unusable(&self) -> &[Unusable] {
        &self.unusable
    }

    /// The actions that can be called, with their selectors.
    pub fn selectors(&self) -> impl Iterator<Item = (&PluginIdentifier, &ResourceSelector)> {
        self.actions.iter().map(|action| (&action.plugin, &action.selector))
    }

    /// The records logged by plugins during AppliesTo.
    pub fn logs(&self) -> &[LogRecord] {
        &self.logs
    }

    fn resolve(&self, selector: &ResourceSelector) -> Result<Resolved, StepError> {
        let selector = Selector {
            included_namespaces: selector.included_namespaces.clone(),
            excluded_namespaces: selector.excluded_namespaces.clone(),
            included_resources: selector.included_resources.clone(),
            excluded_resources: selector.excluded_resources.clone(),
            label_selector: selector.label_selector.clone(),
        };
        selector.resolve(|word| self.resources.resolve(word)).map_err(|error| {
            StepError::Selector(format!("invalid label selector `{}`: {error}", selector.label_selector))
        })
    }
}
