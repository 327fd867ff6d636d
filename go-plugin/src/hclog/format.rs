//! The formats of log lines.

use std::borrow::Cow;
use std::error::Error;
use std::fmt::Write;
use std::time::SystemTime;

use serde_json::Value;

use super::record::LONGEST;
use super::{Level, Record};

/// The logger name that hclog writes in each record.
const MODULE: &str = "plugin";

/// hclog's own keys. A Go host crashes if `@message`, `@level` or `@timestamp` is not a string (go-plugin's
/// `log_entry.go`).
const RESERVED: [&str; 5] = ["@message", "@level", "@timestamp", "@module", "@caller"];

/// The transport crates of a plugin. Their `debug` records for each frame are of no use to the host.
const TRANSPORT: [&str; 6] = ["h2", "hyper", "hyper_util", "mio", "rustls", "tonic"];

/// The format of records that a host expects.
pub trait Format: Send + Sync {
    /// Formats a record as a line, including its line end. It must not contain another line break; hosts
    /// split lines above 64 KiB.
    fn line(&self, record: Record) -> Vec<u8>;

    /// Formats an error as a field.
    fn error_text(&self, error: &(dyn Error + 'static)) -> String {
        error_text(error)
    }

    /// Adds the fields that the host logs for an error besides its text.
    fn error(&self, record: &mut Record, error: &(dyn Error + 'static)) {
        let _ = (record, error);
    }

    /// Whether records of this crate below `warn` are dropped. Defaults to the transport crates.
    fn is_quiet(&self, crate_name: &str) -> bool {
        TRANSPORT.contains(&crate_name)
    }
}

/// hclog's JSON (hashicorp/go-hclog, `intlogger.go`, `logJSON`).
#[derive(Debug, Clone, Copy, Default)]
pub struct Json;

/// hclog's text format (`logPlain`) without its time: go-plugin's host expects the level at the start of a
/// line (`client.go`, `logStderr`) and adds the time itself. Fields are part of the text.
#[derive(Debug, Clone, Copy, Default)]
pub struct Text;

impl Format for Json {
    fn line(&self, record: Record) -> Vec<u8> {
        let mut host = vec![
            ("@level", record.level().as_str().to_owned()),
            ("@timestamp", timestamp(SystemTime::now())),
            ("@module", MODULE.to_owned()),
        ];
        if let Some(source) = record.source() {
            host.push(("@caller", source.to_owned()));
        }
        record.into_json(&RESERVED, host)
    }
}

impl Format for Text {
    /// `[INFO]  plugin: message: key=value`, on one line.
    fn line(&self, record: Record) -> Vec<u8> {
        let mark = match record.level() {
            Level::Error | Level::Off => "[ERROR]",
            Level::Warn => "[WARN] ",
            Level::Info => "[INFO] ",
            Level::Debug => "[DEBUG]",
            Level::Trace => "[TRACE]",
        };
        let mut line = format!("{mark} {MODULE}: ");
        let plain = |text: &str| text.chars().all(|c| !c.is_control());
        if plain(record.message()) {
            line += record.message();
        } else {
            line.extend(record.message().escape_debug());
        }
        let mut before = ":";
        for (key, value) in record.fields() {
            let value = match value {
                Value::String(text) => Cow::Borrowed(text.as_str()),
                other => Cow::Owned(other.to_string()),
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
        let longest = LONGEST.min(line.len());
        let end = (0..=longest).rev().find(|end| line.is_char_boundary(*end)).unwrap_or_default();
        line.truncate(end);
        line.push('\n');
        line.into_bytes()
    }
}

/// Joins the chain to `outer: inner: innermost`. Many libraries repeat their source's text in their own; a
/// text that is already at the end is not added again.
pub fn error_text(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        let inner = error.to_string();
        if !text.ends_with(&inner) {
            text += ": ";
            text += &inner;
        }
        source = error.source();
    }
    text
}

/// hclog's `TimeFormat`, with six fractional digits. With another number of digits, the host does not parse
/// the line as a record.
fn timestamp(time: SystemTime) -> String {
    humantime::format_rfc3339_micros(time).to_string()
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    #[test]
    fn timestamps_have_six_digits() {
        for (nanos, expected) in [(0, "000000"), (500_000_000, "500000"), (123_456_789, "123456")] {
            let time = UNIX_EPOCH + Duration::new(1_777_636_800, nanos);
            assert_eq!(timestamp(time), format!("2026-05-01T12:00:00.{expected}Z"));
        }
    }

    #[test]
    fn json_matches_hclog() {
        let mut record = Record::new(Level::Warn, "hello");
        record.field("role", "devops");
        record.source_at("src/main.rs", 7);
        let mut line: Value = serde_json::from_slice(&Json.line(record)).unwrap();
        assert!(humantime::parse_rfc3339(line["@timestamp"].take().as_str().unwrap()).is_ok());
        let expected = serde_json::json!({
            "@caller": "src/main.rs:7", "@level": "warn", "@message": "hello", "@module": "plugin",
            "@timestamp": null, "role": "devops",
        });
        assert_eq!(line, expected);
    }

    #[test]
    fn text_is_one_line_that_starts_with_its_level() {
        let line = |message: &str| {
            let mut record = Record::new(Level::Info, message);
            record.field("role", "devops");
            record.field("why", "on call");
            record.field("count", 2);
            String::from_utf8(Text.line(record)).unwrap()
        };
        assert_eq!(line("granted"), "[INFO]  plugin: granted: count=2 role=devops why=\"on call\"\n");
        assert!(line("a\nb").starts_with("[INFO]  plugin: a\\nb: "));
        let cut = line(&"é".repeat(50_000));
        assert!(cut.len() == (64 << 10) - 1 && cut.ends_with("é\n"), "{}", cut.len());
    }

    #[test]
    fn error_text_is_the_chain_without_repetition() {
        let inner = std::io::Error::other("inner");
        assert_eq!(error_text(&inner), "inner");
        let outer = crate::ServeError::Tls("no certificate".into());
        assert_eq!(error_text(&outer), "cannot set up TLS: no certificate");
    }
}
