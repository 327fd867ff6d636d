//! In which form a host wants its lines.

use std::fmt::Write;

use serde_json::{Map, Value};

use super::Level;
use crate::types::Time;

/// The name of the logger, as EphemeralAccess's own has it (`pkg/log/log.go`, `NewPluginLogger`).
pub(super) const MODULE: &str = "plugin";

/// One line for a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Format {
    /// JSON as Velero's `pkg/plugin/framework/logger.go` writes it.
    #[default]
    Velero,
    /// hclog's JSON (hashicorp/go-hclog, `intlogger.go`, `logJSON`).
    Hclog,
    /// hclog's text (`logPlain`), without its time: go-plugin's host finds the level at the beginning of a line
    /// (`client.go`, `logStderr`), and writes a time itself.
    Text,
}

/// hclog's `TimeFormat`. Where it has another number of digits, the host does not take the line for a record.
pub(super) fn timestamp(time: Time) -> String {
    let text = time.to_string();
    let (seconds, fraction) =
        text.trim_end_matches('Z').split_once('.').unwrap_or((text.trim_end_matches('Z'), ""));
    format!("{seconds}.{fraction:0<6.6}Z")
}

/// `[INFO]  plugin: message: key=value`, in one line of at most `longest` bytes.
pub(super) fn text(level: Level, message: &str, fields: &Map<String, Value>, longest: usize) -> Vec<u8> {
    let mark = match level {
        Level::Error => "[ERROR]",
        Level::Warn => "[WARN] ",
        Level::Info => "[INFO] ",
        Level::Debug => "[DEBUG]",
        Level::Trace => "[TRACE]",
    };
    let mut line = format!("{mark} {MODULE}: ");
    let plain = |text: &str| text.chars().all(|c| !c.is_control());
    if plain(message) {
        line += message;
    } else {
        line.extend(message.escape_debug());
    }
    let mut before = ":";
    for (key, value) in fields {
        let value = match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let quoted = value.is_empty() || value.contains([' ', '"', '=']) || !plain(&value);
        // Writing to a String cannot fail.
        let _ = if quoted {
            write!(line, "{before} {key}={value:?}")
        } else {
            write!(line, "{before} {key}={value}")
        };
        before = "";
    }
    if line.len() > longest {
        let end = (0..=longest).rev().find(|end| line.is_char_boundary(*end)).unwrap_or_default();
        line.truncate(end);
    }
    line.push('\n');
    line.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timestamp_has_six_digits() {
        for (text, expected) in [
            ("2026-05-01T12:00:00Z", "2026-05-01T12:00:00.000000Z"),
            ("2026-05-01T12:00:00.5Z", "2026-05-01T12:00:00.500000Z"),
            ("2026-05-01T12:00:00.123456789Z", "2026-05-01T12:00:00.123456Z"),
        ] {
            assert_eq!(timestamp(text.parse().unwrap()), expected);
        }
    }

    #[test]
    fn text_is_one_line_that_begins_with_its_level() {
        let mut fields = Map::new();
        fields.insert("role".into(), "devops".into());
        fields.insert("why".into(), "on call".into());
        fields.insert("count".into(), 2.into());
        let line =
            |message: &str, longest| String::from_utf8(text(Level::Info, message, &fields, longest)).unwrap();
        let expected = "[INFO]  plugin: granted: count=2 role=devops why=\"on call\"\n";
        assert_eq!(line("granted", 1000), expected);
        assert!(line("a\nb", 1000).starts_with("[INFO]  plugin: a\\nb: "));
        let cut = line(&"é".repeat(100), 50);
        assert!(cut.len() <= 51 && cut.ends_with("é\n"), "{cut}");
    }
}
