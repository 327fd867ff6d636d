//! The results of a trial.

use std::time::Duration;

use plugwright::client::{CallError, LogRecord, PluginIdentifier};
use plugwright::{Item, ResourceIdentifier};

use super::plan::Plan;
use crate::manifest::Source;
use crate::patience::TimedOut;

/// Of one item.
pub(crate) struct ItemReport {
    pub(crate) source: Source,
    /// As in the file.
    pub(crate) item: Item,
    /// `deployments.apps`
    pub(crate) resource: String,
    /// Assumptions that a cluster would replace by facts.
    pub(crate) notes: Vec<String>,
    pub(crate) steps: Vec<Step>,
}

/// Of one action and one item.
pub(crate) struct Step {
    pub(crate) plugin: PluginIdentifier,
    pub(crate) outcome: Outcome,
    pub(crate) logs: Vec<LogRecord>,
}

pub(crate) enum Outcome {
    /// Velero does not call it, for this reason.
    NotApplicable(String),
    /// Velero does not call it because of the result of an earlier action.
    NotReached(String),
    Failed(CallError),
    TimedOut(TimedOut),
    Done(Box<Effect>),
}

/// What an action did.
#[derive(Default)]
pub(crate) struct Effect {
    /// The item before and after; `None` for kinds that give back none.
    pub(crate) change: Option<(Item, Item)>,
    pub(crate) additional_items: Vec<ResourceIdentifier>,
    pub(crate) must_include_additional_items: bool,
    /// Whether Velero waits until they are ready.
    pub(crate) wait_for_additional_items: bool,
    /// How long; `None` is the server's own time limit.
    pub(crate) additional_items_ready_timeout: Option<Duration>,
    /// Of an item block action.
    pub(crate) related_items: Vec<ResourceIdentifier>,
    pub(crate) operation_id: Option<String>,
    pub(crate) post_operation_items: Vec<ResourceIdentifier>,
    /// The item is left out of the backup or restore.
    pub(crate) skipped: bool,
    /// Why a host cannot use the returned item.
    pub(crate) problems: Vec<String>,
}

impl Outcome {
    fn is_call(&self) -> bool {
        !matches!(self, Self::NotApplicable(_) | Self::NotReached(_))
    }

    fn is_error(&self) -> bool {
        match self {
            Self::Failed(_) | Self::TimedOut(_) => true,
            Self::Done(effect) => !effect.problems.is_empty(),
            Self::NotApplicable(_) | Self::NotReached(_) => false,
        }
    }
}

/// Of all items.
pub(crate) struct Summary {
    /// Actions that could not be tried at all.
    pub(crate) unusable: Vec<(PluginIdentifier, String)>,
    pub(crate) start_logs: Vec<LogRecord>,
    pub(crate) end_logs: Vec<LogRecord>,
    pub(crate) items: usize,
    pub(crate) calls: usize,
    pub(crate) errors: usize,
    /// Printed lines below the log level.
    pub(crate) hidden_lines: usize,
}

impl Summary {
    pub(crate) fn new(plan: &Plan, start_logs: Vec<LogRecord>) -> Self {
        let unusable = plan.unusable.clone();
        Self { unusable, start_logs, end_logs: Vec::new(), items: 0, calls: 0, errors: 0, hidden_lines: 0 }
    }

    pub(crate) fn count(&mut self, report: &ItemReport) {
        self.items += 1;
        for step in &report.steps {
            self.calls += usize::from(step.outcome.is_call());
            self.errors += usize::from(step.outcome.is_error());
        }
    }

    pub(crate) fn has_errors(&self) -> bool {
        self.errors > 0 || !self.unusable.is_empty()
    }
}
