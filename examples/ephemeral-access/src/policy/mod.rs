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

/// Rules that grant roles on applications to users. All other requests are denied.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Policy {
    /// The time zone of all hours; defaults to UTC.
    #[serde(default)]
    pub(crate) time_zone: Zone,
    /// The ticket that a request requires; optional.
    pub(crate) ticket: Option<Ticket>,
    /// The first matching rule grants a request.
    pub(crate) rules: Vec<Rule>,
}

/// A rule that grants access.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Rule {
    /// The name, shown in the result.
    pub(crate) name: String,
    /// Matches `spec.subject.username` of the request.
    pub(crate) users: Globs,
    /// Matches the name of the role template.
    pub(crate) roles: Globs,
    /// Matches the project of the application.
    #[serde(default)]
    pub(crate) projects: Globs,
    /// Matches the name or `namespace/name` of the application.
    #[serde(default)]
    pub(crate) applications: Globs,
    /// The hours; defaults to any time.
    #[serde(default)]
    pub(crate) hours: Vec<Hours>,
    /// Whether the rule requires the policy's ticket.
    #[serde(default = "yes")]
    pub(crate) needs_ticket: bool,
}

fn yes() -> bool {
    true
}

impl FromStr for Policy {
    type Err = Error;

    /// Errors contain line, column and the expected value.
    fn from_str(text: &str) -> Result<Self> {
        serde_saphyr::from_str(text).map_err(|error| {
            // The snippet is only useful in terminals.
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
    fn the_policy_in_the_manifests_is_valid() {
        let policy: Policy = include_str!("../../manifests/plugin/policy.yaml").parse().unwrap();
        assert!(!policy.rules.is_empty());
    }

    #[test]
    fn omitted_keys_match_everything() {
        let policy: Policy = "rules: [{name: all, users: ['*'], roles: ['*']}]".parse().unwrap();
        let rule = &policy.rules[0];
        assert!(rule.applications.matches("any") && rule.projects.matches("any"));
        assert!(rule.hours.is_empty() && rule.needs_ticket && policy.ticket.is_none());
        assert_eq!(policy.time_zone.to_string(), "UTC");
        assert!("rules: []".parse::<Policy>().unwrap().rules.is_empty());
    }

    #[test]
    fn errors_contain_the_position() {
        let rule = |more: &str| format!("rules:\n- name: a\n  users: ['*']\n  roles: ['*']\n  {more}\n");
        for (text, expected) in [
            ("rulez: []", "line 1, column 1: unknown field `rulez`, expected one of timeZone, ticket, rules"),
            ("ticket: {annotation: a}\n", "line 1, column 1: missing field `rules`"),
            ("rules:\n- name: a\n  users: ['*']", "line 3, column 3: missing field `roles`"),
            ("rules: [", "line 1, column 8: unclosed bracket '['"),
            ("timeZone: Europe/Berlln\nrules: []", "line 1, column 11: unknown time zone `Europe/Berlln`"),
            (&rule("hours: [Mon]"), "line 5, column 11: invalid hours `Mon`: expected days and times"),
            (&rule("projects: []"), "line 5, column 13: expected at least one name"),
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
