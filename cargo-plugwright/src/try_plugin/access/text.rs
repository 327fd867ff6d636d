//! The text report.

use std::io::{self, Write};

use anstyle::Style;
use plugwright::types::{GrantStatus, RevokeStatus, go_duration};

use super::super::text::{count, hidden_lines, logs, records};
use super::{Outcome, Report, Step};
use crate::style;

pub(super) fn write(out: &mut impl Write, report: &Report) -> io::Result<()> {
    let (heading, dim) = (style::HEADING, style::DIM);
    records(out, "Start", &report.start_logs)?;
    let (metadata, spec) = (&report.request.metadata, &report.request.spec);
    let (namespace, name) = (&metadata.namespace, &metadata.name);
    let request = format!("{namespace}/{name}");
    let application = format!("{}/{}", spec.application.namespace, spec.application.name);
    let username = &spec.subject.username;
    writeln!(out, "{heading}AccessRequest {request}{heading:#} {dim}({}){dim:#}", report.file)?;
    let (role, duration) = (&spec.role.template_ref.name, go_duration::format(spec.duration));
    writeln!(out, "  {username} requests the role {role} on the application {application} for {duration}")?;
    if let Some(note) = &report.note {
        writeln!(out, "  note: {note}")?;
    }
    // Already printed above.
    let known = [("request", &*request), ("application", &*application), ("username", &**username)];
    for step in &report.steps {
        writeln!(out)?;
        self::step(out, step)?;
        logs(out, &step.logs, &known)?;
    }
    writeln!(out)?;
    records(out, "End", &report.end_logs)?;
    writeln!(out, "{}, {}", count(report.calls(), "call"), count(report.errors(), "error"))?;
    hidden_lines(out, report.hidden_lines)
}

fn step(out: &mut impl Write, step: &Step) -> io::Result<()> {
    let (heading, dim, error) = (style::HEADING, style::DIM, style::ERROR);
    let call = step.call;
    match &step.outcome {
        Outcome::NotReached(why) => writeln!(out, "  {call}\n    {dim}not called: {why}{dim:#}"),
        Outcome::Failed(problem) => {
            writeln!(out, "  {heading}{call}{heading:#}\n    {error}error{error:#}: {problem}")
        }
        Outcome::TimedOut(timed_out) => {
            writeln!(out, "  {heading}{call}{heading:#}\n    {error}error{error:#}: {timed_out}")
        }
        Outcome::Fine => writeln!(out, "  {heading}{call}{heading:#}\n    ok"),
        Outcome::Revoked(None) => writeln!(out, "  {heading}{call}{heading:#}\n    nothing to revoke"),
        Outcome::Granted(response) => {
            let style = match response.status {
                GrantStatus::Granted => style::ADDED,
                GrantStatus::Denied => style::REMOVED,
                _ => style::WARNING,
            };
            answer(out, call, style, response.status.as_str(), &response.message)
        }
        Outcome::Revoked(Some(response)) => {
            let style = match response.status {
                RevokeStatus::Revoked => style::ADDED,
                _ => style::WARNING,
            };
            answer(out, call, style, response.status.as_str(), &response.message)
        }
    }
}

/// The message is markdown and printed verbatim.
fn answer(out: &mut impl Write, call: &str, style: Style, status: &str, message: &str) -> io::Result<()> {
    let heading = style::HEADING;
    writeln!(out, "  {heading}{call}{heading:#}\n    {style}{status}{style:#}")?;
    for line in message.lines() {
        writeln!(out, "{}", format!("      {line}").trim_end())?;
    }
    Ok(())
}
