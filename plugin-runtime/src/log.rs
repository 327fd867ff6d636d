//! Writes `go_plugin::hclog` records in the form each host expects.

#[cfg(test)]
pub(crate) mod testing;

use std::error::Error as StdError;
use std::io;

use go_plugin::hclog::{self, Json, Level, Record, Text};

use crate::error::{Report, text_of};

/// The field of a call's span that names the plugin method, for errors logged inside it.
pub(crate) const FUNCTION: &str = "@function";

/// Keys that Velero uses: hclog's, those its log adapter drops (`logrus_adapter.go`), and those for a
/// record's source.
const VELEROS: [&str; 10] = [
    "@message",
    "@level",
    "@timestamp",
    "@module",
    "@caller",
    "@logSourceSetBy",
    "logSource",
    "level",
    "time",
    "timestamp",
];

/// Libraries that log below `warn` only details of no use in a plugin's log.
const QUIET: [&str; 5] = ["hyper_rustls", "kube_client", "rustls_platform_verifier", "tower", "tower_http"];

/// The form of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Format {
    /// JSON as Velero's `pkg/plugin/framework/logger.go` writes it.
    #[default]
    Velero,
    /// hclog's JSON.
    Hclog,
    /// hclog's text.
    Text,
}

impl hclog::Format for Format {
    fn line(&self, record: Record) -> Vec<u8> {
        match self {
            Self::Velero => velero_line(record),
            Self::Hclog => Json.line(record),
            Self::Text => Text.line(record),
        }
    }

    fn error_text(&self, error: &(dyn StdError + 'static)) -> String {
        text_of(error)
    }

    /// Velero's field names for an error's location (its `error_location_hook.go`).
    fn error(&self, record: &mut Record, error: &(dyn StdError + 'static)) {
        let Some(located) = error.downcast_ref::<Report>() else { return };
        if let Some(place) = located.place() {
            record.field("error.file", format!("{}:{}", place.file(), place.line()));
        }
        if let Some(function) = record.context(FUNCTION).cloned() {
            record.field("error.function", function);
        }
    }

    fn is_quiet(&self, crate_name: &str) -> bool {
        Json.is_quiet(crate_name) || QUIET.contains(&crate_name)
    }
}

fn velero_line(record: Record) -> Vec<u8> {
    let level = record.level();
    // logrus's name.
    let logrus = if level == Level::Warn { "warning" } else { level.as_str() };
    let mut host = vec![
        ("@level", level.as_str().to_owned()),
        ("level", logrus.to_owned()),
        // With this marker the server keeps `logSource` (Velero's `pkg/util/logging/log_location_hook.go`).
        ("@logSourceSetBy", "plugin".to_owned()),
    ];
    if let Some(source) = record.source() {
        host.push(("logSource", source.to_owned()));
    }
    record.into_json(&VELEROS, host)
}

/// Parses a logrus level, in any case: `panic fatal error warn warning info debug trace`, as in Velero's
/// `--log-level` and EphemeralAccess's `EPHEMERAL_LOG_LEVEL`. A plugin logs nothing at the first two.
pub(crate) fn level(text: &str) -> Option<Level> {
    match text.trim().to_ascii_lowercase().as_str() {
        "panic" | "fatal" => Some(Level::Off),
        "warning" => Some(Level::Warn),
        other => Level::parse(other),
    }
}

/// Sends all records logged from now on to the host.
pub(crate) fn start(level: Level, format: Format) -> io::Result<()> {
    hclog::init_with(
        level,
        match format {
            Format::Velero => &Format::Velero,
            Format::Hclog => &Format::Hclog,
            Format::Text => &Format::Text,
        },
    )
}

#[cfg(test)]
mod tests {
    use go_plugin::hclog::Format as _;
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn lines_match_veleros_own_logger() {
        let mut record = Record::new(Level::Warn, "hello");
        record.field("pod", "web-0");
        record.source_at("src/main.rs", 7);
        let line: Value = serde_json::from_slice(&Format::Velero.line(record)).unwrap();
        let expected = json!({
            "@level": "warn", "@logSourceSetBy": "plugin", "@message": "hello",
            "level": "warning", "logSource": "src/main.rs:7", "pod": "web-0",
        });
        assert_eq!(line, expected);
    }

    #[test]
    fn fields_do_not_replace_veleros_keys() {
        let mut record = Record::new(Level::Info, "hello");
        for key in VELEROS {
            record.field(key, 5);
        }
        let line: Value = serde_json::from_slice(&Format::Velero.line(record)).unwrap();
        for key in ["@message", "@level", "level", "@logSourceSetBy"] {
            assert!(line[key].is_string(), "{key}: {line}");
        }
        for key in VELEROS {
            assert_eq!(line[format!("field.{key}")], 5);
        }
    }

    #[test]
    fn parses_logrus_levels_in_any_case() {
        for (text, expected) in [
            ("panic", Level::Off),
            ("FATAL", Level::Off),
            ("error", Level::Error),
            ("warn", Level::Warn),
            ("Warning", Level::Warn),
            ("info", Level::Info),
            ("debug", Level::Debug),
            ("trace", Level::Trace),
        ] {
            assert_eq!(level(text), Some(expected), "{text}");
        }
        assert_eq!(level("verbose"), None);
    }
}
