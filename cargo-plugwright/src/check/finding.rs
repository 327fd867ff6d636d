//! The result of one check.

use std::io::{self, Write};

use anstyle::Style;
use serde_json::{Value, json};

use crate::style;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    Fine,
    /// Information without a problem.
    Note,
    Warning,
    Error,
}

#[derive(Debug)]
pub(super) struct Finding {
    pub(super) level: Level,
    what: String,
    /// The fix; may be empty.
    cure: String,
}

impl Finding {
    pub(super) fn fine(what: impl Into<String>) -> Self {
        Self { level: Level::Fine, what: what.into(), cure: String::new() }
    }

    pub(super) fn note(what: impl Into<String>) -> Self {
        Self { level: Level::Note, what: what.into(), cure: String::new() }
    }

    pub(super) fn warning(what: impl Into<String>, cure: impl Into<String>) -> Self {
        Self { level: Level::Warning, what: what.into(), cure: cure.into() }
    }

    pub(super) fn error(what: impl Into<String>, cure: impl Into<String>) -> Self {
        Self { level: Level::Error, what: what.into(), cure: cure.into() }
    }

    fn word(&self) -> (&'static str, Style) {
        match self.level {
            Level::Fine => ("ok", style::ADDED),
            Level::Note => ("note", style::HEADING),
            Level::Warning => ("warning", style::WARNING),
            Level::Error => ("error", style::ERROR),
        }
    }

    pub(super) fn print(&self, out: &mut impl Write) -> io::Result<()> {
        let (word, style) = self.word();
        let mut lines = self.what.lines().chain(self.cure.lines());
        writeln!(out, "{style}{word:>7}{style:#}  {}", lines.next().unwrap_or_default())?;
        lines.try_for_each(|line| writeln!(out, "         {line}"))
    }

    pub(super) fn json(&self) -> Value {
        json!({"level": self.word().0, "what": self.what, "cure": self.cure})
    }
}
