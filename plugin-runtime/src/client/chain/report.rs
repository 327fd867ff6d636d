//! What became of the items.

use std::fmt;
use std::time::Duration;

use super::plan::Phase;
use crate::client::{CallError, LogRecord, PluginIdentifier};
use crate::{Item, OperationProgress, ResourceIdentifier};

/// What became of the items of a backup, restore or deletion.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Report {
    /// Every item that was given, in the order in which Velero starts on them.
    pub items: Vec<ItemReport>,
    /// The items that operations of a backup named with
    /// [`post_operation_item`](crate::BackupOutputV2::post_operation_item), in a second pass with a backup in the phase
    /// `Finalizing`.
    pub finalized: Vec<ItemReport>,
}

impl Report {
    /// The report of one item.
    pub fn item(&self, id: &ResourceIdentifier) -> Option<&ItemReport> {
        self.items.iter().find(|report| report.id == *id)
    }

    /// The steps of one plugin, over all items that it was called for.
    pub fn calls<'a>(&'a self, plugin: &'a str) -> impl Iterator<Item = (&'a ItemReport, &'a Effect)> {
        self.all().flat_map(move |item| {
            let steps = item.steps.iter().filter(move |step| step.plugin.name == plugin);
            steps.filter_map(move |step| Some((item, step.effect()?)))
        })
    }

    /// Everything that Velero would count as an error.
    pub fn errors(&self) -> impl Iterator<Item = String> {
        self.all().flat_map(|item| {
            item.steps
                .iter()
                .filter_map(|step| Some(format!("{}: {}: {}", item.id, step.plugin.name, step.error()?)))
        })
    }

    /// Everything that Velero would count as a warning.
    pub fn warnings(&self) -> impl Iterator<Item = String> {
        self.all().flat_map(|item| item.warnings.iter().map(|warning| format!("{}: {warning}", item.id)))
    }

    fn all(&self) -> impl Iterator<Item = &ItemReport> {
        self.items.iter().chain(&self.finalized)
    }
}

/// What became of one item.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ItemReport {
    /// The item's place in the items that were given, from 0.
    pub index: usize,
    /// Its resource and name.
    pub id: ResourceIdentifier,
    /// Assumptions that a cluster would replace by facts.
    pub notes: Vec<String>,
    /// Every action, in Velero's order, also those that are not called.
    pub steps: Vec<Step>,
    /// What Velero would warn of, such as an additional item that does not exist.
    pub warnings: Vec<String>,
    /// How it ended.
    pub fate: Fate,
}

impl ItemReport {
    /// The item as Velero stores it, or before it adds its own labels to a restored one. `None` if it is left out.
    pub fn result(&self) -> Option<&Item> {
        match &self.fate {
            Fate::Kept(item) => Some(item),
            _ => None,
        }
    }

    /// What a plugin did to the item; `None` if it was not called or failed.
    pub fn effect(&self, plugin: &str) -> Option<&Effect> {
        self.steps.iter().filter(|step| step.plugin.name == plugin).find_map(Step::effect)
    }
}

/// How the way of an item ended.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Fate {
    /// It is stored, restored or deleted, as the last action left it.
    Kept(Item),
    /// Velero does not process it, for this reason: no action is called.
    Excluded(String),
    /// The plugin of this name left it out.
    Skipped(String),
    /// An action or an additional item failed.
    Failed(String),
}

/// One action and one item.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Step {
    /// The action.
    pub plugin: PluginIdentifier,
    /// The part of a backup or restore.
    pub phase: Phase,
    /// What came of it.
    pub outcome: Outcome,
    /// The plugin's log during the call. Plugins in this process have no log here.
    pub logs: Vec<LogRecord>,
}

impl Step {
    /// What the action did; `None` if it was not called or failed.
    pub fn effect(&self) -> Option<&Effect> {
        match &self.outcome {
            Outcome::Done(effect) => Some(effect),
            _ => None,
        }
    }

    /// What Velero would count as an error: of the call, of its operation, or of waiting for additional items.
    pub fn error(&self) -> Option<&StepError> {
        match &self.outcome {
            Outcome::Failed(error) => Some(error),
            Outcome::Done(effect) => {
                let operation = effect.operation.as_ref().and_then(|operation| operation.error.as_ref());
                operation.or(effect.not_ready.as_ref())
            }
            _ => None,
        }
    }

    /// Whether Velero calls the action.
    pub fn is_call(&self) -> bool {
        matches!(self.outcome, Outcome::Failed(_) | Outcome::Done(_))
    }
}

/// What came of an action for an item.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Outcome {
    /// Velero does not call it, for this reason.
    NotApplicable(String),
    /// Velero does not call it because of the result of an earlier action.
    NotReached(String),
    /// The call failed.
    Failed(StepError),
    /// The call succeeded.
    Done(Box<Effect>),
}

/// What an action did.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Effect {
    /// The item before and after; `None` for kinds that give back none.
    pub change: Option<(Item, Item)>,
    /// The item is left out of the backup or restore.
    pub skipped: bool,
    /// Items to back up or restore as well.
    pub additional_items: Vec<ResourceIdentifier>,
    /// Whether they are taken even if the backup or restore excludes them.
    pub must_include_additional_items: bool,
    /// Whether Velero waits until they are ready.
    pub wait_for_additional_items: bool,
    /// How long; `None` is the server's own time limit.
    pub additional_items_ready_timeout: Option<Duration>,
    /// Why the additional items were not ready.
    pub not_ready: Option<StepError>,
    /// Of an item block action: items to back up together with this one.
    pub related_items: Vec<ResourceIdentifier>,
    /// The operation that goes on after the call.
    pub operation: Option<Operation>,
    /// Items to back up once that operation has ended.
    pub post_operation_items: Vec<ResourceIdentifier>,
    /// Why a host cannot use the returned item.
    pub problems: Vec<String>,
}

impl Effect {
    /// The item before the call; `None` for kinds that give back none.
    pub fn before(&self) -> Option<&Item> {
        self.change.as_ref().map(|(before, _)| before)
    }

    /// The item after the call; `None` for kinds that give back none.
    pub fn after(&self) -> Option<&Item> {
        self.change.as_ref().map(|(_, after)| after)
    }
}

/// An asynchronous operation of an action.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Operation {
    /// The id, as the plugin gave it.
    pub id: String,
    /// The last answer of the plugin; `None` if it was not asked.
    pub progress: Option<OperationProgress>,
    /// Why it failed. One that takes too long is cancelled.
    pub error: Option<StepError>,
}

impl Operation {
    /// Whether it ended without an error.
    pub fn succeeded(&self) -> bool {
        self.error.is_none() && self.progress.as_ref().is_some_and(|progress| progress.completed)
    }
}

/// Why a step failed.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum StepError {
    /// The call failed.
    Call(CallError),
    /// The call, the operation or the additional items took longer than this.
    TimedOut(Duration),
    /// The operation ended with this error.
    Operation(String),
    /// The label selector of an action is invalid.
    Selector(String),
}

impl fmt::Display for StepError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Call(error) => error.fmt(f),
            Self::TimedOut(limit) => write!(f, "no answer within {limit:?}"),
            Self::Operation(error) | Self::Selector(error) => f.write_str(error),
        }
    }
}

impl std::error::Error for StepError {}

impl From<CallError> for StepError {
    fn from(error: CallError) -> Self {
        Self::Call(error)
    }
}
