//! `[package.metadata.plugwright]` of a plugin's `Cargo.toml`: permissions and settings.

use plugwright::Kind;
use plugwright_model::{name, suggest};
use serde_json::{Map, Value};

use crate::cargo::Package;
use crate::failure::Failure;

const TABLE: &str = "[package.metadata.plugwright]";
const KEYS: [&str; 2] = ["config", "rbac"];
/// Kubernetes' `rbac/v1`, `PolicyRule`.
const RULE_KEYS: [&str; 5] = ["apiGroups", "nonResourceURLs", "resourceNames", "resources", "verbs"];

/// The permissions and settings that a plugin declares.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Declared {
    /// Rules of a `ClusterRole`.
    pub(crate) rbac: Vec<Value>,
    pub(crate) config: Vec<Settings>,
}

/// The settings of one plugin.
#[derive(Debug, PartialEq)]
pub(crate) struct Settings {
    pub(crate) kind: Kind,
    pub(crate) plugin: String,
    pub(crate) data: Map<String, Value>,
}

impl Declared {
    /// Reads the table, or reports all its problems.
    pub(crate) fn of(package: &Package) -> Result<Self, Failure> {
        Self::read(package.metadata()).map_err(|problems| {
            let (manifest, problems) = (package.manifest.display(), problems.join("\n  "));
            Failure::new(format!("{manifest}: {TABLE} is invalid\n  {problems}"))
        })
    }

    pub(crate) fn read(table: &Value) -> Result<Self, Vec<String>> {
        let (mut declared, mut problems) = (Self::default(), Vec::new());
        match table {
            Value::Null => {}
            Value::Object(table) => {
                for (key, value) in table {
                    match key.as_str() {
                        "rbac" => declared.rbac = rules(value, &mut problems),
                        "config" => declared.config = settings(value, &mut problems),
                        _ => problems.push(unknown(key, &KEYS)),
                    }
                }
            }
            other => problems.push(format!("expected a table, found {}", describe(other))),
        }
        if problems.is_empty() { Ok(declared) } else { Err(problems) }
    }
}

fn rules(value: &Value, problems: &mut Vec<String>) -> Vec<Value> {
    let Some(rules) = value.as_array() else {
        problems.push(format!("`rbac`: expected a list of rules, found {}", describe(value)));
        return Vec::new();
    };
    for (n, rule) in rules.iter().enumerate() {
        let at = format!("rbac[{n}]");
        let Some(rule) = rule.as_object() else {
            problems.push(format!("`{at}`: expected a table, found {}", describe(rule)));
            continue;
        };
        for (key, value) in rule {
            if !RULE_KEYS.contains(&key.as_str()) {
                problems.push(format!("`{at}`: {}", unknown(key, &RULE_KEYS)));
            } else if !value.as_array().is_some_and(|list| list.iter().all(Value::is_string)) {
                problems.push(format!("`{at}.{key}`: expected a list of strings, found {}", describe(value)));
            }
        }
        let has = |key: &str| {
            rule.get(key).is_some_and(|value| value.as_array().is_none_or(|list| !list.is_empty()))
        };
        if !has("verbs") {
            problems.push(format!("`{at}`: `verbs` is missing; expected a list such as [\"get\"]"));
        }
        if !has("nonResourceURLs") {
            for key in ["apiGroups", "resources"] {
                if !has(key) {
                    problems.push(format!("`{at}`: `{key}` is missing; expected a list of strings"));
                }
            }
        }
    }
    rules.clone()
}

fn settings(value: &Value, problems: &mut Vec<String>) -> Vec<Settings> {
    let mut all = Vec::new();
    let Some(kinds) = value.as_object() else {
        problems.push(format!("`config`: expected a table for each kind, found {}", describe(value)));
        return all;
    };
    for (kind_name, plugins) in kinds {
        let kind = match kind_name.parse::<Kind>() {
            Ok(kind) => kind,
            Err(error) => {
                problems.push(format!("`config`: {error}"));
                continue;
            }
        };
        let Some(plugins) = plugins.as_object() else {
            let found = describe(plugins);
            problems.push(format!("`config.{kind_name}`: expected a table for each plugin, found {found}"));
            continue;
        };
        for (plugin, data) in plugins {
            let at = format!("config.{kind_name}.\"{plugin}\"");
            if let Err(error) = name::check(plugin) {
                problems.push(format!("`{at}`: {error}"));
            }
            match data.as_object() {
                None => problems.push(format!("`{at}`: expected a table, found {}", describe(data))),
                Some(data) => {
                    for (key, value) in data.iter().filter(|(_, value)| !value.is_string()) {
                        let found = describe(value);
                        problems.push(format!("`{at}.{key}`: expected a string, found {found}; quote it"));
                    }
                    all.push(Settings { kind, plugin: plugin.clone(), data: data.clone() });
                }
            }
        }
    }
    all
}

fn unknown(key: &str, known: &[&'static str]) -> String {
    match suggest::closest(key, known.iter().copied()) {
        Some(near) => format!("unknown key `{key}`; did you mean `{near}`?"),
        None => format!("unknown key `{key}`; the keys are {}", known.join(", ")),
    }
}

/// The type of a TOML or YAML value, for `expected …, found …`.
pub(crate) fn describe(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "a table",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn problems(toml: &str) -> Vec<String> {
        let table: toml::Table = toml.parse().unwrap();
        Declared::read(&serde_json::to_value(table).unwrap()).unwrap_err()
    }

    #[test]
    fn rules_and_settings_are_read() {
        let declared = Declared::read(&json!({
            "rbac": [
                {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]},
                {"nonResourceURLs": ["/healthz"], "verbs": ["get"]},
            ],
            "config": {"RestoreItemAction": {"example.io/a": {"key": "value"}}},
        }))
        .unwrap();
        assert_eq!(declared.rbac.len(), 2);
        assert_eq!(
            (declared.config[0].kind, &*declared.config[0].plugin),
            (Kind::RestoreItemAction, "example.io/a")
        );
        assert_eq!(Declared::read(&Value::Null), Ok(Declared::default()));
    }

    #[test]
    fn every_problem_is_reported() {
        for (toml, said) in [
            ("rbca = []", "unknown key `rbca`; did you mean `rbac`?"),
            ("rbac = true", "`rbac`: expected a list of rules, found a boolean"),
            (
                "[[rbac]]\napigroups = [\"\"]\nresources = [\"secrets\"]\nverbs = [\"get\"]",
                "`rbac[0]`: unknown key `apigroups`; did you mean `apiGroups`?",
            ),
            (
                "[[rbac]]\napiGroups = [\"\"]\nresources = \"secrets\"\nverbs = [\"get\"]",
                "`rbac[0].resources`: expected a list of strings, found a string",
            ),
            ("[[rbac]]\napiGroups = []\nresources = [\"a\"]\nverbs = []", "`verbs` is missing"),
            ("[config.RestoreAction.\"a.io/b\"]", "did you mean"),
            ("[config.RestoreItemAction.\"b\"]", "`config.RestoreItemAction.\"b\"`: "),
            (
                "[config.RestoreItemAction.\"a.io/b\"]\nn = 1",
                "`config.RestoreItemAction.\"a.io/b\".n`: expected a string, found a number; quote it",
            ),
        ] {
            let problems = problems(toml);
            assert!(problems.iter().any(|problem| problem.contains(said)), "{toml}: {problems:?}");
        }
    }
}
