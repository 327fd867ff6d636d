//! Makes a sequence of calls to one plugin, and reports them.

use std::fmt::Display;
use std::io::{self, Write};
use std::time::Duration;

use plugwright::Kind;
use plugwright::client::{CallError, LogRecord, PutObjectError};
use serde_json::{Map, Value, json};

use super::diff::Line;
use super::json;
use super::text::{self, count, hidden_lines};
use crate::patience;
use crate::session::Session;
use crate::style;

/// One call.
pub(super) struct Step {
    call: String,
    outcome: Result<Outcome, Problem>,
    logs: Vec<LogRecord>,
}

/// The result of a call, for both reports.
pub(super) struct Outcome {
    lines: Vec<String>,
    diff: Vec<Line>,
    detail: Value,
}

impl Outcome {
    pub(super) fn new(line: impl Into<String>, detail: Value) -> Self {
        Self { lines: vec![line.into()], diff: Vec::new(), detail }
    }

    pub(super) fn ok() -> Self {
        Self::new("ok", json!({}))
    }

    /// A list with one entry per line.
    pub(super) fn list(key: &str, what: &str, entries: &[String]) -> Self {
        let mut lines = vec![count(entries.len(), what)];
        lines.extend(entries.iter().map(|entry| format!("  {entry}")));
        Self {
            lines,
            diff: Vec::new(),
            detail: Value::Object(Map::from_iter([(key.to_owned(), json!(entries))])),
        }
    }

    pub(super) fn diff(lines: Vec<Line>, detail: Value) -> Self {
        let text = if lines.is_empty() { vec!["unchanged".to_owned()] } else { Vec::new() };
        Self { lines: text, diff: lines, detail }
    }
}

/// The reason why a call or the check of its result failed.
pub(super) enum Problem {
    Call(CallError),
    Other(String),
}

impl From<CallError> for Problem {
    fn from(error: CallError) -> Self {
        Self::Call(error)
    }
}

impl From<PutObjectError> for Problem {
    fn from(error: PutObjectError) -> Self {
        match error {
            PutObjectError::Call(error) => Self::Call(error),
            other => Self::Other(other.to_string()),
        }
    }
}

impl From<io::Error> for Problem {
    /// The error of a reader wraps the plugin's error.
    fn from(error: io::Error) -> Self {
        Self::Other(error.to_string())
    }
}

impl Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Call(error) => error.fmt(f),
            Self::Other(text) => f.write_str(text),
        }
    }
}

/// Makes calls one by one.
pub(super) struct Calls<'a> {
    session: &'a Session,
    plugin: String,
    timeout: Option<Duration>,
    steps: Vec<Step>,
    has_timed_out: bool,
}

impl<'a> Calls<'a> {
    pub(super) fn new(session: &'a Session, plugin: String, timeout: Option<Duration>) -> Self {
        Self { session, plugin, timeout, steps: Vec::new(), has_timed_out: false }
    }

    /// Makes a call; `describe` checks and reports its result. `None` is a failure.
    pub(super) async fn call<T, E: Into<Problem>>(
        &mut self,
        call: impl Into<String>,
        answer: impl Future<Output = Result<T, E>>,
        describe: impl FnOnce(&T) -> Result<Outcome, String>,
    ) -> Option<T> {
        // Do not call a process that hangs again.
        if self.has_timed_out {
            return None;
        }
        let call = call.into();
        let what = format!("{call} of the {}", self.plugin);
        let (outcome, value) = match patience::wait(what, self.timeout, answer).await {
            Ok(Ok(value)) => match describe(&value) {
                Ok(outcome) => (Ok(outcome), Some(value)),
                Err(problem) => (Err(Problem::Other(problem)), None),
            },
            Ok(Err(error)) => (Err(error.into()), None),
            Err(timed_out) => {
                self.has_timed_out = true;
                (Err(Problem::Other(timed_out.to_string())), None)
            }
        };
        self.steps.push(Step { call, outcome, logs: self.session.take_logs() });
        value
    }

    pub(super) fn into_steps(self) -> Vec<Step> {
        self.steps
    }
}

/// The calls to the plugin of a location.
pub(super) struct Report {
    pub(super) kind: Kind,
    pub(super) name: String,
    pub(super) file: String,
    pub(super) start_logs: Vec<LogRecord>,
    pub(super) steps: Vec<Step>,
    pub(super) end_logs: Vec<LogRecord>,
    pub(super) hidden_lines: usize,
}

impl Report {
    pub(super) fn errors(&self) -> usize {
        self.steps.iter().filter(|step| step.outcome.is_err()).count()
    }

    pub(super) fn text(&self, out: &mut impl Write) -> io::Result<()> {
        let (heading, dim, error) = (style::HEADING, style::DIM, style::ERROR);
        text::records(out, "Start", &self.start_logs)?;
        writeln!(out, "{heading}{} {}{heading:#} {dim}({}){dim:#}", self.kind, self.name, self.file)?;
        let known = [("plugin", self.name.as_str()), ("pluginKind", self.kind.name())];
        for step in &self.steps {
            writeln!(out, "\n  {heading}{}{heading:#}", step.call)?;
            match &step.outcome {
                Ok(outcome) => {
                    for line in &outcome.lines {
                        writeln!(out, "    {line}")?;
                    }
                    text::diff(out, &outcome.diff)?;
                }
                Err(problem) => writeln!(out, "    {error}error{error:#}: {problem}")?,
            }
            text::logs(out, &step.logs, &known)?;
        }
        writeln!(out)?;
        text::records(out, "End", &self.end_logs)?;
        writeln!(out, "{}, {}", count(self.steps.len(), "call"), count(self.errors(), "error"))?;
        hidden_lines(out, self.hidden_lines)
    }

    pub(super) fn json(&self) -> Value {
        json!({
            "kind": self.kind.name(),
            "name": self.name,
            "file": self.file,
            "steps": self.steps.iter().map(step_json).collect::<Vec<_>>(),
            "startLogs": json::logs(&self.start_logs),
            "endLogs": json::logs(&self.end_logs),
            "calls": self.steps.len(),
            "errors": self.errors(),
            "hiddenLines": self.hidden_lines,
        })
    }
}

fn step_json(step: &Step) -> Value {
    let mut entry = Map::from_iter([("call".to_owned(), step.call.as_str().into())]);
    match &step.outcome {
        Ok(outcome) => {
            entry.insert("outcome".into(), "done".into());
            if let Value::Object(detail) = &outcome.detail {
                entry.extend(detail.clone());
            }
            if !outcome.diff.is_empty() {
                entry.insert("diff".into(), outcome.diff.iter().map(Line::text).collect());
            }
        }
        Err(problem) => {
            entry.insert("outcome".into(), "error".into());
            let error = match problem {
                Problem::Call(error) => json::error(error),
                Problem::Other(text) => json!({"message": text}),
            };
            entry.insert("error".into(), error);
        }
    }
    entry.insert("logs".into(), json::logs(&step.logs));
    Value::Object(entry)
}
