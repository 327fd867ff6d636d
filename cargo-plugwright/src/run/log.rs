//! Reads the plugin's records in Velero's log.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::time::Duration;

use plugwright::client::Level;
use serde_json::Value;

use crate::failure::Failure;
use crate::style;

/// Fields added by Velero or its logger.
const HIDDEN_FIELDS: [&str; 11] = [
    "level",
    "msg",
    "time",
    "timestamp",
    "logSource",
    "pluginName",
    "cmd",
    "@logSourceSetBy",
    "pluginKind",
    "controller",
    "deletebackuprequest",
];

/// A position in the log.
pub(super) struct Follower {
    offset: u64,
    /// The plugin's file name, which identifies its records.
    plugin: String,
}

impl Follower {
    pub(super) fn new(plugin: String) -> Self {
        Self { offset: 0, plugin }
    }

    /// Prints new records; never returns successfully.
    pub(super) async fn follow(&mut self, log: &Path) -> Result<(), Failure> {
        loop {
            self.print(log)?;
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    fn print(&mut self, log: &Path) -> Result<(), Failure> {
        let Ok(mut file) = File::open(log) else { return Ok(()) };
        // A restarted server begins a new log.
        if file.metadata().map_or(0, |metadata| metadata.len()) < self.offset {
            self.offset = 0;
        }
        let mut bytes = Vec::new();
        file.seek(SeekFrom::Start(self.offset)).and_then(|_| file.read_to_end(&mut bytes))?;
        // The last line may be incomplete.
        let end = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        self.offset += u64::try_from(end).unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes[..end]);
        let mut out = anstream::stdout();
        for record in text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()) {
            if is_of(&record, &self.plugin) {
                write(&mut out, "", &record)?;
            }
        }
        Ok(())
    }
}

/// Whether the plugin wrote the record, at level info or above.
pub(super) fn is_of(record: &Value, plugin: &str) -> bool {
    record["pluginName"] == plugin && !matches!(record["level"].as_str(), Some("debug" | "trace"))
}

/// `INFO  unpinned node=node-1 (src/restore_item_action.rs:22)`
pub(super) fn write(out: &mut impl Write, indent: &str, record: &Value) -> Result<(), Failure> {
    let level = match record["level"].as_str().unwrap_or_default() {
        "error" | "fatal" | "panic" => Level::ERROR,
        "warning" => Level::WARN,
        "debug" => Level::DEBUG,
        _ => Level::INFO,
    };
    let (of_level, dim) = (style::of_level(level), style::DIM);
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    write!(out, "{indent}{of_level}{:5}{of_level:#} {}", level.as_str(), text(&record["msg"]))?;
    for (key, value) in record.as_object().into_iter().flatten() {
        if !HIDDEN_FIELDS.contains(&key.as_str()) {
            write!(out, " {dim}{key}={dim:#}{}", text(value))?;
        }
    }
    if let Some(source) = record["logSource"].as_str() {
        write!(out, " {dim}({source}){dim:#}")?;
    }
    writeln!(out)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_record_is_one_line() {
        let record = json!({"level": "info", "msg": "unpinned", "pluginName": "my-plugin", "cmd": "/p/my-plugin",
            "node": "node-1", "logSource": "src/a.rs:22", "time": "now"});
        assert!(is_of(&record, "my-plugin") && !is_of(&record, "other"));
        let mut out = anstream::StripStream::new(Vec::new());
        write(&mut out, "  ", &record).unwrap();
        assert_eq!(
            String::from_utf8(out.into_inner()).unwrap(),
            "  INFO  unpinned node=node-1 (src/a.rs:22)\n"
        );
    }
}
