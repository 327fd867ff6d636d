//! The credentials file: lines of `KEY=value`.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use plugwright::{ErrorContext as _, Result, bail};

/// The variables of the file, not of the process.
#[derive(Default)]
pub(super) struct Dotenv {
    /// The file, for messages.
    pub(super) source: String,
    variables: BTreeMap<String, String>,
}

impl fmt::Debug for Dotenv {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.variables.keys()).finish()
    }
}

impl Dotenv {
    pub(super) fn read(path: Option<&Path>) -> Result<Self> {
        let Some(path) = path else {
            return Ok(Self { source: "no credentials file".to_owned(), ..Self::default() });
        };
        let source = format!("credentials file {}", path.display());
        let text = std::fs::read_to_string(path);
        let text = text.with_context(|| format!("error reading {source}"))?;
        let variables = parse(&text).with_context(|| source.clone())?;
        Ok(Self { source, variables })
    }

    /// An empty value counts as absent.
    pub(super) fn get(&self, key: &str) -> Option<&str> {
        self.variables.get(key).map(String::as_str).filter(|value| !value.is_empty())
    }

    #[cfg(test)]
    pub(super) fn of(variables: &[(&str, &str)]) -> Self {
        let variables =
            variables.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        Self { source: "FILE".to_owned(), variables }
    }
}

/// Reads the file like shells and godotenv: `export`, quotes, and comments. An error never quotes the file.
fn parse(text: &str) -> Result<BTreeMap<String, String>> {
    let mut variables = BTreeMap::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let line = line.strip_prefix("export ").unwrap_or(line);
        let Some((key, value)) = line.split_once('=').or_else(|| line.split_once(':')) else {
            bail!("line {} is not valid; expected KEY=value", number + 1)
        };
        variables.insert(key.trim().to_owned(), unquoted(value.trim()).to_owned());
    }
    Ok(variables)
}

fn unquoted(value: &str) -> &str {
    for quote in ['"', '\''] {
        if let Some(inner) = value.strip_prefix(quote) {
            return inner.split_once(quote).map_or(value, |(inner, _)| inner);
        }
    }
    // Values may contain `#`; a comment starts with a space before it.
    value.split_once(" #").map_or(value, |(value, _)| value.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines() {
        let text = "# Azure\nAZURE_TENANT_ID=tenant\n export AZURE_CLIENT_ID = client # mine\r\n\
            AZURE_STORAGE_ACCOUNT_ACCESS_KEY=ab+/c==\nQUOTED=\"a # b\"\nSINGLE='x=y'\nEMPTY=\n\n";
        let parsed = parse(text).unwrap();
        for (key, expected) in [
            ("AZURE_TENANT_ID", "tenant"),
            ("AZURE_CLIENT_ID", "client"),
            ("AZURE_STORAGE_ACCOUNT_ACCESS_KEY", "ab+/c=="),
            ("QUOTED", "a # b"),
            ("SINGLE", "x=y"),
            ("EMPTY", ""),
        ] {
            assert_eq!(parsed[key], expected, "{key}");
        }
        let error = parse("A=b\nhunter2\n").unwrap_err().to_string();
        assert_eq!(error, "line 2 is not valid; expected KEY=value");
        assert!(!format!("{:?}", Dotenv::of(&[("KEY", "hunter2")])).contains("hunter2"));
    }
}
