//! One line of the log, built so that no host can stumble over it.

use std::fmt::Write;
use std::panic::Location;

use serde_json::{Map, Value};

use super::{Format, Level, format};
use crate::types::Time;

/// go-plugin's host reads lines of up to 64 KiB and shows longer ones in pieces, as plain text
/// (`client.go`, `PluginLogBufferSize`).
const LONGEST: usize = (64 << 10) - 1;

/// A string in a line that is too long is cut to this.
const CUT: usize = 2 << 10;

/// Keys that are the host's. `@message`, `@level` and `@timestamp` that are no strings end the host
/// (go-plugin's `log_entry.go`); `level`, `time` and `timestamp` it swallows (Velero's
/// `logrus_adapter.go`); the rest say where a line comes from.
const RESERVED: [&str; 10] = [
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

/// Collects what one line says.
#[derive(Debug)]
pub(crate) struct Record {
    level: Level,
    message: String,
    /// File and line.
    source: Option<String>,
    fields: Map<String, Value>,
}

impl Record {
    pub(crate) fn new(level: Level, message: impl Into<String>) -> Self {
        Self { level, message: message.into(), source: None, fields: Map::new() }
    }

    pub(crate) fn message(&mut self, message: impl Into<String>) {
        self.message = message.into();
    }

    /// A field of the user's. A key that is the host's gets `field.` in front, so that neither the
    /// host nor the value is lost; a later field of the same name wins, as in logrus.
    pub(crate) fn field(&mut self, key: &str, value: impl Into<Value>) {
        let key = if RESERVED.contains(&key) { format!("field.{key}") } else { key.to_owned() };
        self.fields.insert(key, value.into());
    }

    /// Where the user's code logs.
    pub(crate) fn source(&mut self, file: &str, line: u32) {
        self.source = Some(format!("{file}:{line}"));
    }

    pub(crate) fn source_at(&mut self, location: &Location<'_>) {
        self.source(location.file(), location.line());
    }

    /// The line, with its end.
    pub(crate) fn into_line(self, format: Format) -> Vec<u8> {
        let Self { level, message, source, mut fields } = self;
        if format == Format::Text {
            return format::text(level, &message, &fields, LONGEST);
        }
        let mut host = |key: &str, value: String| fields.insert(key.to_owned(), value.into());
        host("@level", level.as_str().to_owned());
        host("@message", message);
        if format == Format::Velero {
            host("level", level.as_logrus().to_owned());
            // The server keeps `logSource` because of its marker (Velero's `pkg/util/logging/log_location_hook.go`).
            host("@logSourceSetBy", "plugin".to_owned());
        } else {
            host("@timestamp", format::timestamp(Time::now()));
            host("@module", format::MODULE.to_owned());
        }
        if let Some(source) = source {
            host(if format == Format::Velero { "logSource" } else { "@caller" }, source);
        }
        let mut value = Value::Object(fields);
        let mut line = value.to_string();
        if line.len() > LONGEST {
            cut(&mut value);
            line = value.to_string();
        }
        if line.len() > LONGEST {
            // Thousands of fields: the message and where it comes from are what is needed.
            if let Value::Object(fields) = &mut value {
                let all = fields.len();
                fields.retain(|key, _| RESERVED.contains(&key.as_str()) || key.starts_with("error"));
                fields.insert("fieldsCut".into(), (all - fields.len()).into());
            }
            line = value.to_string();
        }
        let mut line = line.into_bytes();
        line.push(b'\n');
        line
    }
}

fn cut(value: &mut Value) {
    match value {
        Value::String(text) if text.len() > CUT => {
            let all = text.len();
            let mut end = CUT;
            while !text.is_char_boundary(end) {
                end -= 1;
            }
            text.truncate(end);
            let _ = write!(text, "… ({} bytes cut)", all - end);
        }
        Value::Object(fields) => fields.values_mut().for_each(cut),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(record: Record) -> Value {
        parsed_as(record, Format::Velero)
    }

    fn parsed_as(record: Record, format: Format) -> Value {
        let line = record.into_line(format);
        assert_eq!(line.last(), Some(&b'\n'));
        assert!(!line[..line.len() - 1].contains(&b'\n'));
        assert!(line.len() <= LONGEST + 1);
        serde_json::from_slice(&line).unwrap()
    }

    #[test]
    fn a_line_is_what_veleros_own_logger_writes() {
        let mut record = Record::new(Level::Warn, "hello");
        record.field("pod", "web-0");
        record.source("src/main.rs", 7);
        let expected = serde_json::json!({
            "@level": "warn", "@logSourceSetBy": "plugin", "@message": "hello",
            "level": "warning", "logSource": "src/main.rs:7", "pod": "web-0",
        });
        assert_eq!(parsed(record), expected);
    }

    #[test]
    fn a_line_is_what_hclog_writes() {
        let mut record = Record::new(Level::Warn, "hello");
        record.field("role", "devops");
        record.source("src/main.rs", 7);
        let mut line = parsed_as(record, Format::Hclog);
        let time = line["@timestamp"].take();
        let expected = serde_json::json!({
            "@caller": "src/main.rs:7", "@level": "warn", "@message": "hello", "@module": "plugin",
            "@timestamp": null, "role": "devops",
        });
        assert_eq!(line, expected);
        assert!(time.as_str().unwrap().parse::<Time>().is_ok(), "{time}");
    }

    #[test]
    fn no_field_of_the_user_replaces_one_of_the_hosts() {
        let mut record = Record::new(Level::Info, "hello");
        for key in RESERVED {
            record.field(key, 5);
        }
        let line = parsed(record);
        for key in ["@message", "@level", "level", "@logSourceSetBy"] {
            assert!(line[key].is_string(), "{key}: {line}");
        }
        for key in RESERVED {
            assert_eq!(line[format!("field.{key}")], 5);
        }
    }

    #[test]
    fn a_line_stays_under_what_a_host_reads_in_one_piece() {
        let mut record = Record::new(Level::Info, "é".repeat(50_000));
        record.field("short", "kept");
        let line = parsed(record);
        assert!(line["@message"].as_str().unwrap().ends_with("bytes cut)"));
        assert_eq!(line["short"], "kept");

        let mut record = Record::new(Level::Info, "many");
        for number in 0..10_000 {
            record.field(&format!("field-{number}"), number);
        }
        record.field("error", "it broke");
        let line = parsed(record);
        assert_eq!(line["fieldsCut"], 10_000);
        assert_eq!((&line["@message"], &line["error"]), (&"many".into(), &"it broke".into()));
    }
}
