//! The results of a trial.

use plugwright::Item;
use plugwright::client::chain::{Outcome, Plan, Step, StepError};
use plugwright::client::{LogRecord, PluginIdentifier};

use crate::manifest::Source;
use crate::patience::TimedOut;
use crate::resources;

/// The error of `Context::client`.
const NO_CLUSTER: &str = "cannot connect to the Kubernetes API";

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
    /// Resources in selectors that may be misspelt.
    pub(crate) warnings: Vec<(PluginIdentifier, String)>,
    /// Whether a plugin cannot connect to a cluster.
    pub(crate) lacks_cluster: bool,
    /// Printed lines below the log level.
    pub(crate) hidden_lines: usize,
}

impl Summary {
    pub(crate) fn new(plan: &Plan, start_logs: Vec<LogRecord>) -> Self {
        let unusable = plan.unusable().iter();
        let unusable = unusable.map(|action| (action.plugin.clone(), message(&action.error))).collect();
        let warnings = plan.selectors().flat_map(|(plugin, selector)| {
            resources::doubts(selector).into_iter().map(|doubt| (plugin.clone(), doubt))
        });
        Self {
            unusable,
            start_logs,
            end_logs: Vec::new(),
            items: 0,
            calls: 0,
            errors: 0,
            warnings: warnings.collect(),
            lacks_cluster: false,
            hidden_lines: 0,
        }
    }

    pub(crate) fn count(&mut self, report: &ItemReport) {
        self.items += 1;
        for step in &report.steps {
            self.calls += usize::from(step.is_call());
            self.errors += usize::from(is_error(step));
            self.lacks_cluster |= step.error().is_some_and(|error| message(error).contains(NO_CLUSTER));
        }
    }

    pub(crate) fn has_errors(&self) -> bool {
        self.errors > 0 || !self.unusable.is_empty()
    }
}
