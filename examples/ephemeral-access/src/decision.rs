//! Applies the policy to a request. The message for the user is Markdown, which the UI renders.

use jiff::{Timestamp, Zoned};
use plugwright::Error;
use plugwright::prelude::*;
use plugwright::types::go_duration;

use crate::policy::{Policy, Rule, Ticket};

/// Returns the best result of all rules for the request at this time.
pub(crate) fn decide(
    policy: &Policy,
    request: &AccessRequest,
    application: &Application,
    now: Timestamp,
) -> GrantResponse {
    let now = now.to_zoned(policy.time_zone.0.clone());
    let rules: Vec<&Rule> = policy.rules.iter().filter(|rule| is_for(rule, request, application)).collect();
    if rules.is_empty() {
        return GrantResponse::denied(format!(
            "**Denied:** no rule grants {}.",
            in_words(request, application)
        ));
    }
    let (open, closed): (Vec<&Rule>, Vec<&Rule>) = rules.into_iter().partition(|rule| is_open(rule, &now));
    let objects = [&request.metadata, &application.metadata];
    let mut pending = None;
    for rule in &open {
        let Some(ticket) = policy.ticket.as_ref().filter(|_| rule.needs_ticket) else {
            return granted(rule, request, None);
        };
        match ticket.on(objects) {
            Some(value) if ticket.accepts(value) => return granted(rule, request, Some(value)),
            value => pending = Some(without_ticket(ticket, value, request)),
        }
    }
    pending.unwrap_or_else(|| outside_hours(&closed, request, application, &now))
}

/// The result without a valid policy.
pub(crate) fn without_policy(error: &Error) -> GrantResponse {
    GrantResponse::denied(format!(
        "**Denied:** the access policy is invalid. Please contact its administrators:\n\n{}",
        code(&format!("{error:#}"))
    ))
}

fn is_for(rule: &Rule, request: &AccessRequest, application: &Application) -> bool {
    let target = &request.spec.application;
    let full_name = format!("{}/{}", target.namespace, target.name);
    rule.users.matches(&request.spec.subject.username)
        && rule.roles.matches(&request.spec.role.template_ref.name)
        && rule.projects.matches(project(application))
        && (rule.applications.matches(&target.name) || rule.applications.matches(&full_name))
}

/// An application without a project belongs to `default`.
fn project(application: &Application) -> &str {
    Some(&*application.spec.project).filter(|project| !project.is_empty()).unwrap_or("default")
}

fn is_open(rule: &Rule, now: &Zoned) -> bool {
    let day = u32::from(now.weekday().to_monday_zero_offset().unsigned_abs());
    let (hour, minute) = (u32::from(now.hour().unsigned_abs()), u32::from(now.minute().unsigned_abs()));
    rule.hours.is_empty() || rule.hours.iter().any(|hours| hours.contain(day, hour, minute))
}

fn granted(rule: &Rule, request: &AccessRequest, ticket: Option<&str>) -> GrantResponse {
    let duration = go_duration::format(request.spec.duration);
    let ticket = ticket.map(|ticket| format!(", with the ticket {}", code(ticket))).unwrap_or_default();
    GrantResponse::granted(format!("Granted for {duration} by the rule {}{ticket}.", code(&rule.name)))
}

fn without_ticket(ticket: &Ticket, value: Option<&str>, request: &AccessRequest) -> GrantResponse {
    let Ticket { annotation, pattern } = ticket;
    let begin = match value {
        None => "**Waiting for a change ticket.**".to_owned(),
        Some(value) => {
            format!("**Waiting for a change ticket:** {} does not match {}.", code(value), code(pattern))
        }
    };
    let (namespace, name) = (&request.metadata.namespace, &request.metadata.name);
    GrantResponse::pending(format!(
        "{begin} Put its number into the annotation {} of this request, or of the application:\n\n    \
         kubectl annotate --overwrite -n {namespace} accessrequest {name} {annotation}={pattern}",
        code(annotation)
    ))
}

fn outside_hours(
    rules: &[&Rule],
    request: &AccessRequest,
    application: &Application,
    now: &Zoned,
) -> GrantResponse {
    let zone = now.time_zone().iana_name().unwrap_or("UTC");
    let hours: String = rules
        .iter()
        .flat_map(|rule| rule.hours.iter().map(|hours| format!("- {hours} ({})\n", code(&rule.name))))
        .collect();
    let what = in_words(request, application);
    GrantResponse::denied(format!(
        "**Denied:** a rule grants {what}, but not now ({}, {zone}):\n\n{hours}",
        now.strftime("%a %H:%M")
    ))
}

fn in_words(request: &AccessRequest, application: &Application) -> String {
    let spec = &request.spec;
    let name = format!("{}/{}", spec.application.namespace, spec.application.name);
    format!(
        "{} the role {} on the application {} of the project {}",
        code(&spec.subject.username),
        code(&spec.role.template_ref.name),
        code(&name),
        code(project(application))
    )
}

/// Formats untrusted text, so that it is not interpreted as markup.
fn code(text: &str) -> String {
    format!("`{}`", text.replace('`', "'").replace(['\n', '\r'], " "))
}

#[cfg(test)]
mod tests;
