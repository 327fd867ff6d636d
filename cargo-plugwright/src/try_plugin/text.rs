//! The text report.

use std::fmt::Display;
use std::io::{self, Write};

use plugwright::Item;
use plugwright::client::LogRecord;
use plugwright::client::chain::{Effect, Outcome, Phase, Step};
use serde_json::Value;

use super::diff::{self, Line};
use super::report::{self, ItemReport, Summary};
use crate::style;

/// Fields that the hosts' logs omit, and the source location, which is printed last.
const HIDDEN_FIELDS: [&str; 7] =
    ["level", "time", "timestamp", "logSource", "@logSourceSetBy", "@caller", "@module"];

pub(crate) fn beginning(out: &mut impl Write, summary: &Summary) -> io::Result<()> {
    let (heading, error) = (style::HEADING, style::ERROR);
    records(out, "Start", &summary.start_logs)?;
    for (plugin, warning) in &summary.warnings {
        let style = style::WARNING;
        writeln!(out, "{style}warning{style:#}: {plugin}: {warning}\n")?;
    }
    for (plugin, problem) in &summary.unusable {
        writeln!(out, "{heading}{plugin}{heading:#}\n  {error}error{error:#}: {problem}")?;
        writeln!(out, "  In Velero, the whole backup or restore would fail.\n")?;
    }
    Ok(())
}

pub(crate) fn item(out: &mut impl Write, report: &ItemReport) -> io::Result<()> {
    let (heading, dim) = (style::HEADING, style::DIM);
    let ItemReport { source, item, resource, notes, steps } = report;
    let slash = if item.namespace().is_empty() { "" } else { "/" };
    let (namespace, name, kind) = (item.namespace(), item.name(), item.kind());
    writeln!(out, "{heading}{kind} {namespace}{slash}{name}{heading:#} {dim}({resource}; {source}){dim:#}")?;
    for note in notes {
        writeln!(out, "  note: {note}")?;
    }
    // Why a plugin does not apply matters only if none does.
    let is_called = steps.iter().any(Step::is_call);
    let (others, steps): (Vec<_>, Vec<_>) =
        steps.iter().partition(|step| is_called && matches!(step.outcome, Outcome::NotApplicable(_)));
    for step in steps {
        writeln!(out)?;
        self::step(out, step, item)?;
    }
    if !others.is_empty() {
        let names: Vec<_> = others.iter().map(|step| step.plugin.to_string()).collect();
        writeln!(out, "\n  {dim}does not apply: {}{dim:#}", names.join(", "))?;
    }
    writeln!(out)
}

fn step(out: &mut impl Write, step: &Step, item: &Item) -> io::Result<()> {
    let (heading, error, dim) = (style::HEADING, style::ERROR, style::DIM);
    let plugin = &step.plugin;
    match &step.outcome {
        Outcome::NotApplicable(why) => writeln!(out, "  {plugin}\n    {dim}does not apply: {why}{dim:#}")?,
        Outcome::NotReached(why) => writeln!(out, "  {plugin}\n    {dim}not called: {why}{dim:#}")?,
        Outcome::Failed(problem) => {
            let problem = report::message(problem);
            writeln!(out, "  {heading}{plugin}{heading:#}\n    {error}error{error:#}: {problem}")?;
        }
        Outcome::Done(effect) => {
            writeln!(out, "  {heading}{plugin}{heading:#}")?;
            self::effect(out, effect, step.phase)?;
        }
        // Unreachable: `Outcome` is non-exhaustive.
        _ => {}
    }
    // Plugwright adds these fields to each record; they are printed above.
    let known = [
        ("plugin", plugin.name.as_str()),
        ("pluginKind", plugin.kind.name()),
        ("resource", item.kind()),
        ("namespace", item.namespace()),
        ("name", item.name()),
    ];
    logs(out, &step.logs, &known)
}

fn effect(out: &mut impl Write, effect: &Effect, phase: Phase) -> io::Result<()> {
    let mut silent = true;
    if let Some((before, after)) = &effect.change {
        let lines = diff::lines(before, after);
        silent = false;
        if lines.is_empty() {
            writeln!(out, "    unchanged")?;
        }
        diff(out, &lines)?;
    }
    if effect.skipped {
        let warning = style::WARNING;
        writeln!(out, "    {warning}Velero skips the item{warning:#}")?;
    }
    let must = if effect.must_include_additional_items { " (even if excluded)" } else { "" };
    let host = if phase == Phase::Restore { "restore" } else { "backup" };
    let additional = effect.additional_items.iter().map(|id| {
        let is_excluded = effect.excluded_items.contains(id);
        let why = format!(" (excluded by the {host}; must_include_additional_items() includes it)");
        format!("{id}{}", if is_excluded { &*why } else { "" })
    });
    silent &= !list(out, &format!("additional items{must}"), additional)?;
    silent &= !list(out, "related items", &effect.related_items)?;
    if effect.wait_for_additional_items {
        let limit = effect.additional_items_ready_timeout;
        let limit = limit.map_or_else(|| "the server's timeout".to_owned(), |limit| format!("{limit:?}"));
        writeln!(out, "    Velero waits for the additional items, at most {limit}")?;
    }
    if let Some(operation) = &effect.operation {
        writeln!(out, "    operation: {}", operation.id)?;
    }
    list(out, "items after the operation", &effect.post_operation_items)?;
    if silent {
        writeln!(out, "    ok")?;
    }
    let error = style::ERROR;
    for problem in &effect.problems {
        writeln!(out, "    {error}error{error:#}: {problem}")?;
    }
    Ok(())
}

pub(super) fn diff(out: &mut impl Write, lines: &[Line]) -> io::Result<()> {
    for line in lines {
        let style = line.style();
        writeln!(out, "    {style}{}{style:#}", line.text())?;
    }
    Ok(())
}

/// Prints the records outside of calls, under a heading.
pub(super) fn records(out: &mut impl Write, heading: &str, records: &[LogRecord]) -> io::Result<()> {
    if records.is_empty() {
        return Ok(());
    }
    let style = style::HEADING;
    writeln!(out, "{style}{heading}{style:#}")?;
    logs(out, records, &[])?;
    writeln!(out)
}

/// Whether the list has an item.
fn list(out: &mut impl Write, heading: &str, items: impl IntoIterator<Item: Display>) -> io::Result<bool> {
    let mut has_items = false;
    for item in items {
        if !has_items {
            writeln!(out, "    {heading}:")?;
        }
        has_items = true;
        writeln!(out, "      {item}")?;
    }
    Ok(has_items)
}

/// Prints records without the fields in `known`.
pub(super) fn logs(out: &mut impl Write, logs: &[LogRecord], known: &[(&str, &str)]) -> io::Result<()> {
    let dim = style::DIM;
    for record in logs {
        let level = style::of_level(record.level);
        write!(out, "    {level}{:5}{level:#} {}", record.level.as_str(), record.message)?;
        let mut long = Vec::new();
        for (key, value) in &record.fields {
            match value {
                _ if HIDDEN_FIELDS.contains(&key.as_str()) => {}
                Value::String(text) if known.contains(&(key, text)) => {}
                Value::String(text) if text.contains('\n') => long.push((key, text)),
                Value::String(text) if !text.is_empty() && !text.contains([' ', '"']) => {
                    write!(out, " {dim}{key}={dim:#}{text}")?;
                }
                other => write!(out, " {dim}{key}={dim:#}{other}")?,
            }
        }
        if let Some(source) = record.field("logSource").or_else(|| record.field("@caller")) {
            write!(out, " {dim}({source}){dim:#}")?;
        }
        writeln!(out)?;
        for (key, text) in long {
            writeln!(out, "      {dim}{key}={dim:#}")?;
            for line in text.lines() {
                writeln!(out, "        {line}")?;
            }
        }
    }
    Ok(())
}

pub(crate) fn end(out: &mut impl Write, summary: &Summary) -> io::Result<()> {
    records(out, "End", &summary.end_logs)?;
    let (items, calls) = (count(summary.items, "item"), count(summary.calls, "call"));
    writeln!(out, "{items}, {calls}, {}", count(summary.errors + summary.unusable.len(), "error"))?;
    if summary.lacks_cluster {
        writeln!(
            out,
            "To run the plugin with an API server in memory, pass --cluster FILE with its objects."
        )?;
    }
    hidden_lines(out, summary.hidden_lines)
}

pub(super) fn count(n: usize, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}

/// Tells authors who look for their `println!` how to show it.
pub(super) fn hidden_lines(out: &mut impl Write, hidden: usize) -> io::Result<()> {
    let dim = style::DIM;
    match hidden {
        0 => Ok(()),
        _ => writeln!(
            out,
            "{dim}{} hidden; --log-level debug shows them{dim:#}",
            count(hidden, "printed line")
        ),
    }
}
