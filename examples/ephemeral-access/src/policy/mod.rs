//! The policy file. README.md describes it.

mod glob;
mod hours;
mod ticket;
mod zone;

use std::str::FromStr;

use plugwright::Error;
use plugwright::prelude::*;
use serde::Deserialize;

pub(crate) use glob::Globs;
pub(crate) use hours::Hours;
pub(crate) use ticket::Ticket;
pub(crate) use zone::Zone;

/// Who may have which role on which application, and when. What no rule allows is denied.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Policy {
    /// Of all hours in the rules; UTC unless given.
    #[serde(default)]
    pub(crate) time_zone: Zone,
    /// What has to be on a request; nothing unless given.
    pub(crate) ticket: Option<Ticket>,
    /// The first one that allows a request grants it.
    pub(crate) rules: Vec<Rule>,
}

/// One way to get access.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Rule {
    /// For the answer and for people.
    pub(crate) name: String,
    /// By `spec.subject.username` of the request.
    pub(crate) users: Globs,
    /// By the name of the role template.
    pub(crate) roles: Globs,
    /// By the project of the application.
    #[serde(default)]
    pub(crate) projects: Globs,
    /// By name, or by `namespace/name`.
    #[serde(default)]
    pub(crate) applications: Globs,
    /// Any time unless given.
    #[serde(default)]
    pub(crate) hours: Vec<Hours>,
    /// Whether the policy's ticket is for this rule, too.
    #[serde(default = "yes")]
    pub(crate) needs_ticket: bool,
}

fn yes() -> bool {
    true
}

impl FromStr for Policy {
    type Err = Error;

    /// An error names line and column, and what would be right.
    fn from_str(text: &str) -> Result<Self> {
        serde_saphyr::from_str(text).map_err(|error| {
            // The snippet is for terminals.
            let error = error.without_snippet();
            let Some(place) = error.location() else { return Error::msg(error) };
            let (line, column) = (place.line(), place.column());
            let text = error.to_string();
            let problem = text.strip_suffix(&format!(" at line {line}, column {column}")).unwrap_or(&text);
            Error::msg(format!("line {line}, column {column}: {problem}"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(text: &str) -> String {
        text.parse::<Policy>().expect_err(text).to_string()
    }

    #[test]
    fn the_policy_of_the_manifests_is_good() {
        let policy: Policy = include_str!("../../manifests/plugin/policy.yaml").parse().unwrap();
        assert!(!policy.rules.is_empty());
    }

    #[test]
    fn what_is_left_out_is_everything() {
        let policy: Policy = "rules: [{name: all, users: ['*'], roles: ['*']}]".parse().unwrap();
        let rule = &policy.rules[0];
        assert!(rule.applications.matches("any") && rule.projects.matches("any"));
        assert!(rule.hours.is_empty() && rule.needs_ticket && policy.ticket.is_none());
        assert_eq!(policy.time_zone.to_string(), "UTC");
        assert!("rules: []".parse::<Policy>().unwrap().rules.is_empty());
    }

    #[test]
    fn a_mistake_is_named_with_its_place() {
        let rule = |more: &str| format!("rules:\n- name: a\n  users: ['*']\n  roles: ['*']\n  {more}\n");
        for (text, expected) in [
            ("rulez: []", "line 1, column 1: unknown field `rulez`, expected one of timeZone, ticket, rules"),
            ("ticket: {annotation: a}\n", "line 1, column 1: missing field `rules`"),
            ("rules:\n- name: a\n  users: ['*']", "line 3, column 3: missing field `roles`"),
            ("rules: [", "line 1, column 8: unclosed bracket '['"),
            (
                "timeZone: Europe/Berlln\nrules: []",
                "line 1, column 11: there is no time zone `Europe/Berlln`",
            ),
            (&rule("hours: [Mon]"), "line 5, column 11: `Mon` are no hours: days and times belong there"),
            (&rule("projects: []"), "line 5, column 13: an empty list"),
            (
                &rule("projects: shop"),
                "line 5, column 3: invalid type: string \"shop\", expected a list of names",
            ),
            (&rule("needsTicket: maybe"), "line 5, column 16: invalid"),
            (&rule("name: b"), "line 5, column 3: duplicate mapping key: name"),
        ] {
            assert!(problem(text).starts_with(expected), "{}", problem(text));
        }
    }
}
