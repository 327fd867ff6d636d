//! Converts lines printed by the plugin to records.

use super::{Level, Record, sink};

/// Longer lines are split into several records.
const LONGEST: usize = 8 << 10;

/// Splits printed output into lines.
#[derive(Debug)]
pub(crate) struct Lines {
    stream: &'static str,
    line: Vec<u8>,
}

impl Lines {
    /// For `stdout` or `stderr`.
    pub(crate) fn of(stream: &'static str) -> Self {
        Self { stream, line: Vec::new() }
    }

    pub(crate) fn push(&mut self, data: &[u8]) {
        for &byte in data {
            if byte != b'\n' {
                self.line.push(byte);
            }
            if byte == b'\n' || self.line.len() >= LONGEST {
                self.log();
            }
        }
    }

    /// Emits an unfinished line.
    pub(crate) fn end(&mut self) {
        self.log();
    }

    fn log(&mut self) {
        let line = std::mem::take(&mut self.line);
        let text = String::from_utf8_lossy(&line);
        let text = text.trim_end_matches('\r');
        let level = level_of(text);
        if !text.is_empty() && sink::is_open() && sink::enabled(level) {
            let mut record = Record::new(level, text);
            record.field("stream", self.stream);
            sink::write(record);
        }
    }
}

/// The level that go-plugin's host assigns to a plain line (`client.go`, `logStderr`).
fn level_of(line: &str) -> Level {
    let prefixes = [
        ("[TRACE]", Level::Trace),
        ("[INFO]", Level::Info),
        ("[WARN]", Level::Warn),
        ("[ERROR]", Level::Error),
        ("panic: ", Level::Error),
        ("fatal error: ", Level::Error),
    ];
    prefixes.iter().find(|(prefix, _)| line.starts_with(prefix)).map_or(Level::Debug, |(_, level)| *level)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn level_matches_the_hosts() {
        assert_eq!(level_of("hello"), Level::Debug);
        assert_eq!(level_of("[WARN] careful"), Level::Warn);
        assert_eq!(level_of("panic: no"), Level::Error);
        assert_eq!(level_of("no panic: here"), Level::Debug);
    }
}
