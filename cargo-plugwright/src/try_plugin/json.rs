//! The JSON report. Keys are Velero's where it has them.

use plugwright::ResourceIdentifier;
use plugwright::client::chain::{Effect, Outcome, Step, StepError};
use plugwright::client::{CallError, LogRecord, PluginIdentifier};
use serde_json::{Map, Value, json};

use super::diff::{self, Line};
use super::report::{self, ItemReport, Summary};

pub(crate) fn all(items: &[Value], summary: &Summary) -> Value {
    let unusable = summary.unusable.iter().map(|(plugin, problem)| {
        let mut entry = identifier(plugin);
        entry.insert("error".into(), json!({"message": problem}));
        Value::Object(entry)
    });
    let warnings = summary.warnings.iter().map(|(plugin, warning)| {
        let mut entry = identifier(plugin);
        entry.insert("message".into(), json!(warning));
        Value::Object(entry)
    });
    json!({
        "items": items,
        "unusable": unusable.collect::<Vec<_>>(),
        "warnings": warnings.collect::<Vec<_>>(),
        "startLogs": logs(&summary.start_logs),
        "endLogs": logs(&summary.end_logs),
        "calls": summary.calls,
        "errors": summary.errors + summary.unusable.len(),
        "hiddenLines": summary.hidden_lines,
    })
}

pub(crate) fn item(report: &ItemReport) -> Value {
    let item = &report.item;
    json!({
        "file": report.source.file,
        "document": report.source.document,
        "line": report.source.line,
        "index": report.source.index,
        "apiVersion": item.api_version(),
        "kind": item.kind(),
        "namespace": item.namespace(),
        "name": item.name(),
        "resource": report.resource,
        "notes": report.notes,
        "steps": report.steps.iter().map(step).collect::<Vec<_>>(),
    })
}

fn step(step: &Step) -> Value {
    let mut entry = identifier(&step.plugin);
    let (outcome, detail) = match &step.outcome {
        Outcome::NotApplicable(why) => ("notApplicable", json!({"reason": why})),
        Outcome::NotReached(why) => ("notReached", json!({"reason": why})),
        Outcome::Failed(StepError::Call(problem)) => ("error", json!({"error": error(problem)})),
        Outcome::Failed(other) => ("error", json!({"error": {"message": report::message(other)}})),
        Outcome::Done(effect) => ("done", self::effect(effect)),
        // Unreachable: `Outcome` is non-exhaustive.
        _ => ("error", Value::Null),
    };
    entry.insert("outcome".into(), outcome.into());
    if let Value::Object(detail) = detail {
        entry.extend(detail);
    }
    entry.insert("logs".into(), logs(&step.logs));
    Value::Object(entry)
}

fn identifier(plugin: &PluginIdentifier) -> Map<String, Value> {
    Map::from_iter([("kind".into(), plugin.kind.name().into()), ("name".into(), plugin.name.as_str().into())])
}

pub(super) fn error(error: &CallError) -> Value {
    let frames = error
        .frames()
        .iter()
        .map(|frame| json!({"file": frame.file, "line": frame.line, "function": frame.function}));
    json!({
        "code": error.code().to_string(),
        "message": error.message(),
        "origin": error.origin().map(ToString::to_string),
        "frames": frames.collect::<Vec<_>>(),
    })
}

fn effect(effect: &Effect) -> Value {
    let (item, diff) = match &effect.change {
        None => (None, None),
        Some((before, after)) => {
            let lines: Vec<_> = diff::lines(before, after).iter().map(Line::text).collect();
            (Some(after.as_value()), Some(lines))
        }
    };
    json!({
        "item": item,
        "changed": diff.as_ref().is_some_and(|lines| !lines.is_empty()),
        "diff": diff,
        "skipped": effect.skipped,
        "additionalItems": identifiers(&effect.additional_items),
        "excludedItems": identifiers(&effect.excluded_items),
        "mustIncludeAdditionalItems": effect.must_include_additional_items,
        "waitForAdditionalItems": effect.wait_for_additional_items,
        "additionalItemsReadyTimeoutSeconds": effect.additional_items_ready_timeout.map(|limit| limit.as_secs_f64()),
        "relatedItems": identifiers(&effect.related_items),
        "operationID": effect.operation.as_ref().map(|operation| &operation.id),
        "postOperationItems": identifiers(&effect.post_operation_items),
        "problems": effect.problems,
    })
}

fn identifiers(items: &[ResourceIdentifier]) -> Value {
    let identifier = |item: &ResourceIdentifier| json!({"group": item.group, "resource": item.resource, "namespace": item.namespace, "name": item.name});
    items.iter().map(identifier).collect()
}

pub(super) fn logs(logs: &[LogRecord]) -> Value {
    let record = |record: &LogRecord| {
        json!({
            "level": record.level.as_str().to_ascii_lowercase(),
            "message": record.message,
            "timestamp": record.timestamp,
            "fields": record.fields,
        })
    };
    logs.iter().map(record).collect()
}
