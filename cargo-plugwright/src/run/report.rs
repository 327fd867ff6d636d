//! The text report of a check.

use std::collections::BTreeMap;
use std::io::Write;

use plugwright::Item;
use plugwright_local_velero::recorder::{Call, ResourceIdentifier, What};
use serde_json::Value;

use super::backup_and_restore::{Outcome, Plan, Restored, Stage, plain};
use super::log;
use crate::failure::Failure;
use crate::style;
use crate::try_plugin::diff;

pub(super) fn write(out: &mut impl Write, plan: &Plan, outcome: &Outcome) -> Result<(), Failure> {
    let (heading, dim) = (style::HEADING, style::DIM);
    let operations = operations(outcome);
    writeln!(out)?;
    for restored in &outcome.objects {
        let object = &restored.object;
        let id = Id::of(&object.value);
        writeln!(out, "{heading}{id}{heading:#} {dim}({}){dim:#}", object.source)?;
        let mapped = Id { namespace: plan.target(&id.namespace).to_owned(), ..id.clone() };
        let is_about = |call: &&Call| Id::of_call(call).is_some_and(|of| of == id || of == mapped);
        for stage in &outcome.stages {
            // The deletion is reported last.
            if stage.ended.is_none() {
                came_back(out, restored)?;
            }
            calls(out, stage, stage.calls.iter().filter(is_about), &operations)?;
        }
        if outcome.stages.iter().all(|stage| stage.ended.is_some()) {
            came_back(out, restored)?;
        }
        writeln!(out)?;
    }
    others(out, plan, outcome, &operations)?;
    if !outcome.log.is_empty() {
        writeln!(out, "{heading}Log of the plugin{heading:#}")?;
        for record in &outcome.log {
            log::write(out, "  ", record)?;
        }
        writeln!(out)?;
    }
    for stage in &outcome.stages {
        end(out, stage)?;
    }
    Ok(())
}

/// The kind, namespace and name of an object.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Id {
    kind: String,
    namespace: String,
    name: String,
}

impl Id {
    pub(super) fn of(object: &Value) -> Self {
        let text =
            |pointer: &str| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
        Self { kind: text("/kind"), namespace: text("/metadata/namespace"), name: text("/metadata/name") }
    }

    /// The identity of the item passed to an action.
    pub(super) fn of_call(call: &Call) -> Option<Self> {
        match &call.what {
            What::Execute(execution) => Some(Self::of(&execution.item)),
            What::RelatedItems(item, _) => Some(Self::of(item)),
            What::Progress(..) | What::Cancel(_) | What::ItemsReady(..) => None,
        }
    }
}

impl std::fmt::Display for Id {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { kind, namespace, name } = self;
        let slash = if namespace.is_empty() { "" } else { "/" };
        write!(f, "{kind} {namespace}{slash}{name}")
    }
}

/// The last state of each operation, and how often Velero polled it.
fn operations(outcome: &Outcome) -> BTreeMap<&str, (usize, String)> {
    let mut operations = BTreeMap::new();
    for call in outcome.stages.iter().flat_map(|stage| &stage.calls) {
        let (id, word) = match &call.what {
            What::Progress(id, progress) => {
                let state = match (progress.completed, progress.error.as_str()) {
                    (true, "") => "completed".to_owned(),
                    (true, error) => format!("failed: {error}"),
                    (false, _) => "in progress".to_owned(),
                };
                let (done, total, units) = (progress.done, progress.total, &progress.units);
                (id, if total > 0 { format!("{state}, {done} of {total} {units}") } else { state })
            }
            What::Cancel(id) => (id, "cancelled".to_owned()),
            _ => continue,
        };
        let entry: &mut (usize, String) = operations.entry(id.as_str()).or_default();
        *entry = (entry.0 + 1, word);
    }
    operations
}

fn calls<'a>(
    out: &mut impl Write,
    stage: &Stage,
    calls: impl Iterator<Item = &'a Call>,
    operations: &BTreeMap<&str, (usize, String)>,
) -> Result<(), Failure> {
    let (heading, error) = (style::HEADING, style::ERROR);
    for call in calls {
        writeln!(out, "\n  {}: {heading}{} {}{heading:#}", stage.name, call.kind, call.plugin)?;
        if let Some(problem) = &call.error {
            writeln!(out, "    {error}error{error:#}: {problem}")?;
            continue;
        }
        match &call.what {
            What::Execute(execution) => {
                if let Some(after) = &execution.after
                    && !difference(out, &execution.item, after)?
                {
                    writeln!(out, "    unchanged")?;
                }
                if execution.skips {
                    writeln!(out, "    Velero skips the item")?;
                }
                list(out, "additional items", &execution.additional_items)?;
                if execution.waits {
                    writeln!(out, "    Velero waits for the additional items")?;
                }
                if !execution.operation_id.is_empty() {
                    let id = &execution.operation_id;
                    let (asked, word) = operations.get(id.as_str()).cloned().unwrap_or_default();
                    writeln!(out, "    operation {id}: {word} (polled {asked} times)")?;
                }
                list(out, "items after the operation", &execution.post_operation_items)?;
                if execution.after.is_none() {
                    writeln!(out, "    done")?;
                }
            }
            What::RelatedItems(_, items) if items.is_empty() => writeln!(out, "    no related items")?,
            What::RelatedItems(_, items) => list(out, "related items", items)?,
            What::Progress(..) | What::Cancel(_) | What::ItemsReady(..) => {}
        }
    }
    Ok(())
}

fn list(out: &mut impl Write, heading: &str, items: &[ResourceIdentifier]) -> Result<(), Failure> {
    if !items.is_empty() {
        writeln!(out, "    {heading}:")?;
    }
    for item in items {
        writeln!(out, "      {item}")?;
    }
    Ok(())
}

/// Prints the difference. Returns whether the values differ.
pub(super) fn difference(out: &mut impl Write, before: &Value, after: &Value) -> Result<bool, Failure> {
    let [before, after] = [before, after].map(|value| Item::from_value(value.clone()));
    let (Ok(before), Ok(after)) = (before, after) else { return Ok(false) };
    let lines = diff::lines(&before, &after);
    for line in &lines {
        let style = line.style();
        writeln!(out, "    {style}{}{style:#}", line.text())?;
    }
    Ok(!lines.is_empty())
}

fn came_back(out: &mut impl Write, restored: &Restored) -> Result<(), Failure> {
    let (heading, error) = (style::HEADING, style::ERROR);
    match &restored.after {
        None => writeln!(out, "\n  {error}not restored{error:#}")?,
        Some(after) => {
            writeln!(out, "\n  {heading}Before and after{heading:#}")?;
            if !difference(out, &plain(&restored.before), &plain(after))? {
                writeln!(out, "    no difference")?;
            }
        }
    }
    Ok(())
}

/// Prints calls for objects that are not in the manifests.
fn others(
    out: &mut impl Write,
    plan: &Plan,
    outcome: &Outcome,
    operations: &BTreeMap<&str, (usize, String)>,
) -> Result<(), Failure> {
    let heading = style::HEADING;
    let mut known = Vec::new();
    for restored in &outcome.objects {
        let id = Id::of(&restored.object.value);
        known.push(Id { namespace: plan.target(&id.namespace).to_owned(), ..id.clone() });
        known.push(id);
    }
    let all = outcome.stages.iter().flat_map(|stage| stage.calls.iter().filter_map(Id::of_call));
    let mut others: Vec<_> = all.filter(|id| !known.contains(id)).collect();
    others.sort();
    others.dedup();
    for id in others {
        writeln!(out, "{heading}{id}{heading:#} (not in a manifest)")?;
        for stage in &outcome.stages {
            let of_it = stage.calls.iter().filter(|call| Id::of_call(call).as_ref() == Some(&id));
            calls(out, stage, of_it, operations)?;
        }
        writeln!(out)?;
    }
    Ok(())
}

/// Prints `Backup: Completed, errors: 0, warnings: 1`, and the warnings.
fn end(out: &mut impl Write, stage: &Stage) -> Result<(), Failure> {
    let (heading, name) = (style::HEADING, stage.name);
    let Some(ended) = &stage.ended else {
        writeln!(out, "{heading}{name}{heading:#}: done")?;
        return problems(out, stage);
    };
    let phases: Vec<_> = ended.phases.iter().map(String::as_str).filter(|phase| !phase.is_empty()).collect();
    let phase = phases.last().copied().unwrap_or_default();
    let style = if phase == "Completed" { style::ADDED } else { style::ERROR };
    let (errors, warnings) = (ended.count("errors"), ended.count("warnings"));
    writeln!(
        out,
        "{heading}{name}{heading:#}: {style}{phase}{style:#}, errors: {errors}, warnings: {warnings} ({})",
        phases.join(" → ")
    )?;
    for problem in ended.validation_errors() {
        writeln!(out, "  {problem}")?;
    }
    problems(out, stage)
}

fn problems(out: &mut impl Write, stage: &Stage) -> Result<(), Failure> {
    for record in &stage.problems {
        log::write(out, "  ", record)?;
    }
    Ok(())
}
