//! Calls an access requester as EphemeralAccess's controller does.

mod json;
mod text;

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use plugwright::client::{CallError, LogRecord};
use plugwright::types::{GrantStatus, RequestState};
use plugwright::{AccessRequest, Application, GrantResponse, RevokeResponse, Time};

use super::{Args, Output};
use crate::failure::Failure;
use crate::manifest;
use crate::patience::{self, TimedOut};
use crate::session::{Host, Session};

/// The result.
struct Report {
    file: String,
    request: AccessRequest,
    /// How the controller would act differently.
    note: Option<String>,
    start_logs: Vec<LogRecord>,
    steps: Vec<Step>,
    end_logs: Vec<LogRecord>,
    hidden_lines: usize,
}

/// The result of one call.
struct Step {
    /// `init`, `grant`, `revoke`.
    call: &'static str,
    outcome: Outcome,
    logs: Vec<LogRecord>,
}

enum Outcome {
    /// Not called, for this reason.
    NotReached(&'static str),
    Failed(CallError),
    TimedOut(TimedOut),
    /// The result of `init`.
    Fine,
    Granted(GrantResponse),
    Revoked(Option<RevokeResponse>),
}

impl Report {
    fn errors(&self) -> usize {
        self.steps
            .iter()
            .filter(|step| matches!(step.outcome, Outcome::Failed(_) | Outcome::TimedOut(_)))
            .count()
    }

    fn calls(&self) -> usize {
        self.steps.iter().filter(|step| !matches!(step.outcome, Outcome::NotReached(_))).count()
    }
}

pub(super) async fn run(args: &Args, request: &Path, application: &Path) -> Result<ExitCode, Failure> {
    let file = request.display().to_string();
    let request = manifest::read_as(request, "AccessRequest", AccessRequest::from_json)?;
    let application = manifest::read_as(application, "Application", Application::from_json)?;
    let session = super::session(args, Host::EphemeralAccess).await?;
    let mut report = Report {
        file,
        note: note(&request),
        request,
        start_logs: session.take_logs(),
        steps: Vec::new(),
        end_logs: Vec::new(),
        hidden_lines: 0,
    };
    ask(&session, &mut report, &application, args.timeout).await;
    report.end_logs = session.end().await;
    report.hidden_lines = session.hidden_lines();
    let mut out = anstream::stdout();
    match args.output {
        Output::Text => text::write(&mut out, &report)?,
        Output::Json => writeln!(out, "{:#}", json::value(&report))?,
    }
    Ok(ExitCode::from(u8::from(report.errors() > 0)))
}

/// The controller calls Init when it starts, and exits if Init fails (`cmd/controller/controller.go`, `initPlugin`).
/// It calls GrantAccess for a request, and RevokeAccess when granted access expires
/// (`internal/controller/service.go`, `HandlePermission`).
async fn ask(session: &Session, report: &mut Report, application: &Application, limit: Option<Duration>) {
    let requester = session.client().access_requester();
    let outcome = outcome("init", limit, requester.init(), |()| Outcome::Fine).await;
    let ready = matches!(outcome, Outcome::Fine);
    report.steps.push(Step { call: "init", outcome, logs: session.take_logs() });

    let outcome = if ready {
        let answer = requester.grant_access(&report.request, application);
        self::outcome("grant_access", limit, answer, Outcome::Granted).await
    } else {
        Outcome::NotReached("EphemeralAccess's controller exits if init fails")
    };
    let granted = matches!(&outcome, Outcome::Granted(response) if response.status == GrantStatus::Granted);
    report.steps.push(Step { call: "grant", outcome, logs: session.take_logs() });

    let outcome = if granted {
        let mut expired = report.request.clone();
        expired.status.request_state = Some(RequestState::Granted);
        expired.status.expires_at = Some(Time::now());
        let answer = requester.revoke_access(&expired, application);
        self::outcome("revoke_access", limit, answer, Outcome::Revoked).await
    } else {
        Outcome::NotReached("access was not granted")
    };
    report.steps.push(Step { call: "revoke", outcome, logs: session.take_logs() });
}

async fn outcome<T>(
    call: &str,
    limit: Option<Duration>,
    answer: impl Future<Output = Result<T, CallError>>,
    done: impl FnOnce(T) -> Outcome,
) -> Outcome {
    match patience::wait(format_args!("{call} of the access requester"), limit, answer).await {
        Ok(Ok(answer)) => done(answer),
        Ok(Err(error)) => Outcome::Failed(error),
        Err(timed_out) => Outcome::TimedOut(timed_out),
    }
}

/// The controller ignores requests in one of these states (`internal/controller/accessrequest_controller.go`,
/// `isConcluded`).
fn note(request: &AccessRequest) -> Option<String> {
    let state = request.status.request_state.as_ref()?.as_str();
    let concluded = matches!(state, "denied" | "expired" | "invalid" | "timeout");
    concluded.then(|| format!("its state is {state}; EphemeralAccess ignores it"))
}
