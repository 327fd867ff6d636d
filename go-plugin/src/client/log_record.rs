//! Parses a line of a plugin's stderr like go-plugin.

use std::fmt;

use serde_json::{Map, Value};
use tracing::Level;

/// A record logged by a plugin: one line of its stderr.
///
/// Lines are parsed like in go-plugin's `client.go`, `logStderr`: a JSON object with `@level` and `@message`
/// is a record with fields; any other line has the level of a prefix such as `[WARN]` or `panic: `, otherwise
/// `DEBUG`.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct LogRecord {
    /// The level at which the host logs it.
    pub level: Level,
    /// The message; the whole line if it is not a record.
    pub message: String,
    /// The line's `@timestamp`, unparsed, if present.
    pub timestamp: Option<String>,
    /// All other fields.
    pub fields: Map<String, Value>,
}

impl LogRecord {
    /// Returns a string field.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields.get(name)?.as_str()
    }

    fn line(level: Level, line: &str) -> Self {
        Self { level, message: line.to_owned(), timestamp: None, fields: Map::new() }
    }
}

/// `WARN message key=value …`, one line.
impl fmt::Display for LogRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.level, self.message)?;
        for (key, value) in &self.fields {
            match value {
                Value::String(text) if !text.contains([' ', '"', '\n']) && !text.is_empty() => {
                    write!(f, " {key}={text}")?;
                }
                other => write!(f, " {key}={other}")?,
            }
        }
        Ok(())
    }
}

/// Parses consecutive lines: lines after a Go panic belong to it.
#[derive(Debug, Default)]
pub(super) struct Parser {
    in_panic: bool,
}

impl Parser {
    /// Parses a whole line, without its line end.
    pub(super) fn line(&mut self, line: &[u8]) -> LogRecord {
        let text = String::from_utf8_lossy(line);
        match record(&text) {
            Some(record) => record,
            None => self.plain(&text),
        }
    }

    /// Parses a piece of a line longer than go-plugin's buffer: never as JSON, always at debug level.
    pub(super) fn piece(piece: &[u8]) -> LogRecord {
        LogRecord::line(Level::DEBUG, &String::from_utf8_lossy(piece))
    }

    fn plain(&mut self, line: &str) -> LogRecord {
        const PREFIXES: [(&str, Level); 5] = [
            ("[TRACE]", Level::TRACE),
            ("[DEBUG]", Level::DEBUG),
            ("[INFO]", Level::INFO),
            ("[WARN]", Level::WARN),
            ("[ERROR]", Level::ERROR),
        ];
        if let Some((_, level)) = PREFIXES.iter().find(|(prefix, _)| line.starts_with(prefix)) {
            return LogRecord::line(*level, line);
        }
        self.in_panic |= line.starts_with("panic: ") || line.starts_with("fatal error: ");
        LogRecord::line(if self.in_panic { Level::ERROR } else { Level::DEBUG }, line)
    }
}

/// go-plugin's `log_entry.go`, `parseJSON`. Returns `None` if it rejects the line, which is then a plain one.
fn record(line: &str) -> Option<LogRecord> {
    let Ok(Value::Object(mut fields)) = serde_json::from_str(line) else { return None };
    for key in ["@message", "@level", "@timestamp"] {
        if fields.get(key).is_some_and(|value| !value.is_string()) {
            let problem = format!("this line crashes the host, because its `{key}` is not a string: {line}");
            return Some(LogRecord::line(Level::ERROR, &problem));
        }
    }
    let mut take = |key| match fields.remove(key) {
        Some(Value::String(text)) => Some(text),
        _ => None,
    };
    let (message, level, timestamp) = (take("@message"), take("@level"), take("@timestamp"));
    if timestamp.as_deref().is_some_and(|timestamp| !is_timestamp(timestamp)) {
        return None;
    }
    // hclog's names; go-plugin logs a line with any other level as plain text.
    let level = match level.unwrap_or_default().trim().to_ascii_lowercase().as_str() {
        "trace" => Level::TRACE,
        "debug" => Level::DEBUG,
        "info" => Level::INFO,
        "warn" => Level::WARN,
        "error" => Level::ERROR,
        _ => return Some(LogRecord::line(Level::DEBUG, line)),
    };
    Some(LogRecord { level, message: message.unwrap_or_default(), timestamp, fields })
}

/// Go's layout `2006-01-02T15:04:05.000000Z07:00`: exactly six fractional digits. Times before 1970 are not
/// supported.
fn is_timestamp(text: &str) -> bool {
    let Some((time, zone)) = text.split_at_checked(26) else { return false };
    let two_digits = |text: &str, most: u8| {
        text.len() == 2
            && text.bytes().all(|byte| byte.is_ascii_digit())
            && text.parse().is_ok_and(|number: u8| number <= most)
    };
    let zone = match zone.split_at_checked(1) {
        Some(("Z", "")) => true,
        Some(("+" | "-", offset)) => offset
            .split_once(':')
            .is_some_and(|(hours, minutes)| two_digits(hours, 24) && two_digits(minutes, 60)),
        _ => false,
    };
    zone && humantime::parse_rfc3339(&format!("{time}Z")).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(line: &str) -> LogRecord {
        Parser::default().line(line.as_bytes())
    }

    #[test]
    fn parses_a_json_line_as_a_record() {
        let record = one(
            r#"{"@level":"info","@message":"hi","@timestamp":"2026-01-02T03:04:05.000006Z","n":1,"a":"b c"}"#,
        );
        assert_eq!((record.level, record.message.as_str()), (Level::INFO, "hi"));
        assert_eq!(record.timestamp.as_deref(), Some("2026-01-02T03:04:05.000006Z"));
        assert_eq!(record.field("a"), Some("b c"));
        assert_eq!(record.fields.len(), 2);
        assert_eq!(record.to_string(), r#"INFO hi a="b c" n=1"#);
        let record = one(r#"{"@level":"info","@message":"hi","a":"b","c":"","d":"\"","e":"\n"}"#);
        assert_eq!(record.to_string(), r#"INFO hi a=b c="" d="\"" e="\n""#);
        assert_eq!(one(r#"{"@level":" WARN ","@message":"x"}"#).level, Level::WARN);
    }

    #[test]
    fn level_is_hclogs_in_any_case() {
        for (word, level) in [
            ("trace", Level::TRACE),
            ("debug", Level::DEBUG),
            ("Info", Level::INFO),
            ("warn", Level::WARN),
            ("ERROR", Level::ERROR),
        ] {
            let record = one(&format!(r#"{{"@level":"{word}","@message":"x"}}"#));
            assert_eq!((record.level, record.message.as_str()), (level, "x"), "{word}");
        }
    }

    #[test]
    fn line_with_an_unknown_level_is_plain() {
        for line in [
            r#"{"@level":"warning","@message":"x"}"#,
            r#"{"@message":"x"}"#,
            r#"{"@level":"fatal"}"#,
            r#"{"a":1}"#,
            "{}",
        ] {
            let record = one(line);
            assert_eq!((record.level, record.message.as_str()), (Level::DEBUG, line));
        }
    }

    #[test]
    fn lines_that_crash_a_host_are_errors() {
        for key in ["@message", "@level", "@timestamp"] {
            let record = one(&format!(r#"{{"@level":"info","{key}":7}}"#));
            assert_eq!(record.level, Level::ERROR);
            assert!(record.message.contains(key), "{record}");
        }
    }

    #[test]
    fn prefix_sets_the_level_of_a_plain_line() {
        for (line, level) in [
            ("[TRACE] x", Level::TRACE),
            ("[DEBUG] x", Level::DEBUG),
            ("[INFO] x", Level::INFO),
            ("[WARN] x", Level::WARN),
            ("[ERROR] x", Level::ERROR),
            ("[WARNING] x", Level::DEBUG),
            ("null", Level::DEBUG),
            ("[1, 2]", Level::DEBUG),
        ] {
            assert_eq!(one(line), LogRecord::line(level, line));
        }
    }

    #[test]
    fn plain_lines_after_a_panic_are_errors() {
        let mut parser = Parser::default();
        let mut level = |line: &str| parser.line(line.as_bytes()).level;
        assert_eq!(level("goroutine"), Level::DEBUG);
        assert_eq!(level("panic: oh"), Level::ERROR);
        assert_eq!(level("goroutine 1 [running]:"), Level::ERROR);
        assert_eq!(level("[INFO] x"), Level::INFO);
        assert_eq!(level("\tmain.go:3"), Level::ERROR);
        assert_eq!(one("fatal error: all goroutines are asleep").level, Level::ERROR);
    }

    #[test]
    fn line_with_another_timestamp_format_is_plain() {
        for (timestamp, good) in [
            ("2026-01-02T03:04:05.000006Z", true),
            ("2024-02-29T23:59:59.999999+01:00", true),
            ("2026-02-29T03:04:05.000006Z", false),
            ("2026-01-02T03:04:05.000006-08:30", true),
            ("2026-01-02T03:04:05.000006+24:60", true),
            ("2026-01-02T03:04:05.000006+25:00", false),
            ("2026-01-02T03:04:05.000006+01:61", false),
            ("2026-01-02T03:04:05.000006+1:00", false),
            ("2026-01-02T03:04:05.000006+01:+1", false),
            ("2026-01-02T03:04:05.000006+0100", false),
            ("2026-01-02T03:04:05.000006Zulu", false),
            ("2026-01-02T03:04:05Z", false),
            ("2026-01-02T03:04:05.0000061Z", false),
            ("2026-01-02T03:04:05.000006", false),
            ("2026-01-02 03:04:05.000006Z", false),
            ("2026-13-02T03:04:05.000006Z", false),
            ("2026-01-02T24:04:05.000006Z", false),
            ("yesterday, at five in the morning", false),
        ] {
            let line = format!(r#"{{"@level":"info","@message":"x","@timestamp":"{timestamp}"}}"#);
            assert_eq!(one(&line).level == Level::INFO, good, "{timestamp}");
        }
    }
}
