//! The results of a trial.

use plugwright::Item;
use plugwright::client::chain::{Outcome, Plan, Step, StepError};
use plugwright::client::{LogRecord, PluginIdentifier};

use crate::manifest::Source;
use crate::patience::TimedOut;

/// The results for one item.
pub(crate) struct ItemReport {
    pub(crate) source: Source,
    /// The item in the file.
    pub(crate) item: Item,
    /// `deployments.apps`
    pub(crate) resource: String,
    /// Assumptions about facts that only a cluster provides.
    pub(crate) notes: Vec<String>,
    pub(crate) steps: Vec<Step>,
}

impl ItemReport {
    pub(crate) fn new(item: Item, source: Source, notes: Vec<String>) -> Self {
        Self { source, item, resource: String::new(), notes, steps: Vec::new() }
    }
}

fn is_error(step: &Step) -> bool {
    match &step.outcome {
        Outcome::Done(effect) => !effect.problems.is_empty(),
        _ => step.error().is_some(),
    }
}

/// The error, with the option that sets the limit.
pub(crate) fn message(error: &StepError) -> String {
    match error {
        StepError::TimedOut(limit) => TimedOut(*limit).to_string(),
        error => error.to_string(),
    }
}

/// The results for all items.
pub(crate) struct Summary {
    /// Actions that could not be called.
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
        let unusable = plan.unusable().iter();
        let unusable = unusable.map(|action| (action.plugin.clone(), message(&action.error))).collect();
        Self { unusable, start_logs, end_logs: Vec::new(), items: 0, calls: 0, errors: 0, hidden_lines: 0 }
    }

    pub(crate) fn count(&mut self, report: &ItemReport) {
        self.items += 1;
        for step in &report.steps {
            self.calls += usize::from(step.is_call());
            self.errors += usize::from(is_error(step));
        }
    }

    pub(crate) fn has_errors(&self) -> bool {
        self.errors > 0 || !self.unusable.is_empty()
    }
}
