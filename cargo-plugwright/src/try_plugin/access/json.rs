//! The JSON report.

use serde_json::{Map, Value, json};

use super::super::json::{error, logs};
use super::{Outcome, Report, Step};

pub(super) fn value(report: &Report) -> Value {
    let metadata = &report.request.metadata;
    json!({
        "file": report.file,
        "namespace": metadata.namespace,
        "name": metadata.name,
        "note": report.note,
        "steps": report.steps.iter().map(step).collect::<Vec<_>>(),
        "startLogs": logs(&report.start_logs),
        "endLogs": logs(&report.end_logs),
        "calls": report.calls(),
        "errors": report.errors(),
        "hiddenLines": report.hidden_lines,
    })
}

fn step(step: &Step) -> Value {
    let (outcome, detail) = match &step.outcome {
        Outcome::NotReached(why) => ("notReached", json!({"reason": why})),
        Outcome::Failed(problem) => ("error", json!({"error": error(problem)})),
        Outcome::TimedOut(timed_out) => ("error", json!({"error": {"message": timed_out.to_string()}})),
        Outcome::Fine => ("done", Value::Null),
        Outcome::Granted(response) => {
            ("done", json!({"status": response.status.as_str(), "message": response.message}))
        }
        Outcome::Revoked(Some(response)) => {
            ("done", json!({"status": response.status.as_str(), "message": response.message}))
        }
        Outcome::Revoked(None) => ("done", json!({"status": null, "message": null})),
    };
    let mut entry = Map::from_iter([("call".into(), step.call.into()), ("outcome".into(), outcome.into())]);
    if let Value::Object(detail) = detail {
        entry.extend(detail);
    }
    entry.insert("logs".into(), logs(&step.logs));
    Value::Object(entry)
}
