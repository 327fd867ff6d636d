//! The report of a run.

use std::fmt;
use std::time::Duration;

use super::plan::Phase;
use crate::client::{CallError, LogRecord, PluginIdentifier};
use crate::{Item, OperationProgress, ResourceIdentifier};

/// The results for the items of a backup, restore or deletion.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Report {
    /// All given items, in the order in which Velero starts processing them.
    pub items: Vec<ItemReport>,
    /// The items named with [`post_operation_item`](crate::BackupOutputV2::post_operation_item) by operations
    /// of a backup, processed in a second pass with a backup in the phase `Finalizing`.
    pub finalized: Vec<ItemReport>,
}

impl Report {
    /// The report of one item.
    pub fn item(&self, id: &ResourceIdentifier) -> Option<&ItemReport> {
        self.items.iter().find(|report| report.id == *id)
    }

    /// The items that a backup stores or a restore creates, as the last action returned them. Those of a backup are
    /// the input of a restore.
    pub fn results(&self) -> impl Iterator<Item = &Item> {
        self.items.iter().filter_map(|report| {
            let finalized = self.finalized.iter().find(|finalized| finalized.index == report.index);
            finalized.and_then(ItemReport::result).or_else(|| report.result())
        })
    }

    /// The steps of one plugin, over all items it was called for.
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

/// The result for one item.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ItemReport {
    /// The item's index in the given items.
    pub index: usize,
    /// Its resource and name.
    pub id: ResourceIdentifier,
    /// Assumptions about facts that only a cluster knows.
    pub notes: Vec<String>,
    /// All actions, in Velero's order, including those that are not called.
    pub steps: Vec<Step>,
    /// Warnings that Velero would report, such as an additional item that does not exist.
    pub warnings: Vec<String>,
    /// The outcome.
    pub fate: Fate,
}

impl ItemReport {
    /// The item as Velero stores it, or, in a restore, before Velero adds its own labels. `None` if it is
    /// omitted.
    pub fn result(&self) -> Option<&Item> {
        match &self.fate {
            Fate::Kept(item) => Some(item),
            _ => None,
        }
    }

    /// The effect of a plugin on the item; `None` if it was not called or failed.
    pub fn effect(&self, plugin: &str) -> Option<&Effect> {
        self.steps.iter().filter(|step| step.plugin.name == plugin).find_map(Step::effect)
    }
}

/// The outcome for an item.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Fate {
    /// Stored, restored or deleted, as the last action returned it.
    Kept(Item),
    /// Not processed by Velero, for this reason: no action is called.
    Excluded(String),
    /// Skipped by the plugin with this name.
    Skipped(String),
    /// An action or an additional item failed.
    Failed(String),
}

/// One action applied to one item.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Step {
    /// The action.
    pub plugin: PluginIdentifier,
    /// The part of a backup or restore.
    pub phase: Phase,
    /// The outcome of the step.
    pub outcome: Outcome,
    /// The records logged during the call. Empty for plugins in this process.
    pub logs: Vec<LogRecord>,
}

impl Step {
    /// The effect of the action; `None` if it was not called or failed.
    pub fn effect(&self) -> Option<&Effect> {
        match &self.outcome {
            Outcome::Done(effect) => Some(effect),
            _ => None,
        }
    }

    /// The error that Velero would count: of the call, of its operation, or of waiting for additional items.
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

/// The outcome of an action for an item.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Outcome {
    /// Not called, for this reason.
    NotApplicable(String),
    /// Not called because of the result of an earlier action.
    NotReached(String),
    /// The call failed.
    Failed(StepError),
    /// The call succeeded.
    Done(Box<Effect>),
}

/// The effect of an action.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Effect {
    /// The item before and after; `None` for kinds that return no item.
    pub change: Option<(Item, Item)>,
    /// Whether the item is omitted from the backup or restore.
    pub skipped: bool,
    /// Additional items to back up or restore.
    pub additional_items: Vec<ResourceIdentifier>,
    /// Those of them that the backup or restore excludes by their resource or namespace.
    pub excluded_items: Vec<ResourceIdentifier>,
    /// Whether they are included even if the backup or restore excludes them.
    pub must_include_additional_items: bool,
    /// Whether Velero waits until they are ready.
    pub wait_for_additional_items: bool,
    /// The timeout; `None` is the server's default.
    pub additional_items_ready_timeout: Option<Duration>,
    /// Why the additional items were not ready.
    pub not_ready: Option<StepError>,
    /// For an item block action: items to back up together with this one.
    pub related_items: Vec<ResourceIdentifier>,
    /// The operation that continues after the call.
    pub operation: Option<Operation>,
    /// Items to back up once that operation has ended.
    pub post_operation_items: Vec<ResourceIdentifier>,
    /// Why a host cannot use the returned item.
    pub problems: Vec<String>,
}

impl Effect {
    /// The item before the call; `None` for kinds that return no item.
    pub fn before(&self) -> Option<&Item> {
        self.change.as_ref().map(|(before, _)| before)
    }

    /// The item after the call; `None` for kinds that return no item.
    pub fn after(&self) -> Option<&Item> {
        self.change.as_ref().map(|(_, after)| after)
    }
}

/// An asynchronous operation of an action.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Operation {
    /// The id returned by the plugin.
    pub id: String,
    /// The last progress reported by the plugin; `None` if it was not polled.
    pub progress: Option<OperationProgress>,
    /// Why it failed. An operation that exceeds the timeout is cancelled.
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
