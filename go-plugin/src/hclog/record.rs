//! Log records.

use std::fmt::Write;

use serde_json::{Map, Value};

use super::Level;

/// go-plugin's host reads lines of up to 64 KiB and shows longer ones in pieces, as plain text (`client.go`,
/// `PluginLogBufferSize`).
pub(super) const LONGEST: usize = (64 << 10) - 1;

/// Strings in a line that is too long are truncated to this.
const CUT: usize = 2 << 10;

/// A record: level, message, fields, and source location.
#[derive(Debug, Clone)]
pub struct Record {
    level: Level,
    message: String,
    /// File and line.
    source: Option<String>,
    fields: Map<String, Value>,
    /// Not sent to the host: context for a [`Format`](super::Format).
    context: Vec<(&'static str, Value)>,
}

impl Record {
    /// Creates a record without fields.
    pub fn new(level: Level, message: impl Into<String>) -> Self {
        Self { level, message: message.into(), source: None, fields: Map::new(), context: Vec::new() }
    }

    /// Returns the level.
    pub fn level(&self) -> Level {
        self.level
    }

    /// Returns the message.
    pub fn message(&self) -> &str {
        &self.message
    }

    pub(super) fn set_message(&mut self, message: impl Into<String>) {
        self.message = message.into();
    }

    /// Returns `file:line` of the code that logged the record.
    pub fn source(&self) -> Option<&str> {
        self.source.as_deref()
    }

    /// Sets [`source`](Self::source).
    pub fn source_at(&mut self, file: &str, line: u32) {
        self.source = Some(format!("{file}:{line}"));
    }

    /// Returns the fields, by key.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.fields.iter().map(|(key, value)| (key.as_str(), value))
    }

    /// Sets a field. A later value of the same key replaces an earlier one.
    pub fn field(&mut self, key: &str, value: impl Into<Value>) {
        self.fields.insert(key.to_owned(), value.into());
    }

    /// Returns the value of a span's field with a name that starts with `@`. Such fields are not logged.
    pub fn context(&self, key: &str) -> Option<&Value> {
        self.context.iter().rev().find_map(|(name, value)| (*name == key).then_some(value))
    }

    pub(super) fn add_context(&mut self, key: &'static str, value: Value) {
        self.context.push((key, value));
    }

    /// Formats the record as a line of JSON: its fields, its message as `@message`, and the `host`'s own
    /// fields. A plugin's field with a `reserved` key is prefixed with `field.`. A line that a host would not
    /// read in one piece is truncated.
    pub fn into_json(
        self,
        reserved: &[&str],
        host: impl IntoIterator<Item = (&'static str, String)>,
    ) -> Vec<u8> {
        let Self { message, mut fields, .. } = self;
        for key in reserved {
            if let Some(value) = fields.remove(*key) {
                fields.insert(format!("field.{key}"), value);
            }
        }
        let host = host.into_iter().chain([("@message", message)]);
        fields.extend(host.map(|(key, value)| (key.to_owned(), value.into())));
        let mut value = Value::Object(fields);
        let mut line = value.to_string();
        if line.len() > LONGEST {
            cut(&mut value);
            line = value.to_string();
        }
        if line.len() > LONGEST {
            // With thousands of fields, keep the message and its source.
            if let Value::Object(fields) = &mut value {
                let all = fields.len();
                fields.retain(|key, _| reserved.contains(&key.as_str()) || key.starts_with("error"));
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

    const RESERVED: [&str; 2] = ["@message", "@level"];

    fn parsed(record: Record) -> Value {
        let level = record.level().as_str().to_owned();
        let line = record.into_json(&RESERVED, [("@level", level)]);
        assert_eq!(line.last(), Some(&b'\n'));
        assert!(!line[..line.len() - 1].contains(&b'\n'));
        assert!(line.len() <= 64 << 10);
        serde_json::from_slice(&line).unwrap()
    }

    #[test]
    fn fields_do_not_replace_the_hosts() {
        let mut record = Record::new(Level::Info, "hello");
        for key in RESERVED {
            record.field(key, 5);
        }
        let line = parsed(record);
        let expected = serde_json::json!({
            "@level": "info", "@message": "hello", "field.@level": 5, "field.@message": 5,
        });
        assert_eq!(line, expected);
    }

    #[test]
    fn line_as_long_as_the_hosts_buffer_is_complete() {
        let line = |length: usize| Record::new(Level::Info, "x".repeat(length)).into_json(&RESERVED, []);
        let longest = (64 << 10) - line(0).len();
        assert_eq!(line(longest).len(), 64 << 10);
        assert!(line(longest + 1).len() < 4 << 10);
    }

    #[test]
    fn long_lines_are_truncated_to_the_hosts_limit() {
        let mut record = Record::new(Level::Info, "a".to_owned() + &"é".repeat(50_000));
        record.field("short", "kept");
        let two_kib = "x".repeat(2 << 10);
        record.field("longer", two_kib.clone());
        let line = parsed(record);
        // Not in the middle of a character.
        let kept = "a".to_owned() + &"é".repeat(1023);
        assert_eq!(line["@message"], format!("{kept}… ({} bytes cut)", 100_001 - 2047));
        assert_eq!((&line["short"], &line["longer"]), (&"kept".into(), &two_kib.into()));

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
