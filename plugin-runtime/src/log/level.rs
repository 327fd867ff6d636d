//! `--log-level`.

use std::fmt;

/// hclog's levels, which are those that a host reads (hashicorp/go-hclog, `logger.go`). `warning`
/// and `fatal` are not among them: a line with those is lost or shown as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
#[repr(u8)]
pub(crate) enum Level {
    Error,
    Warn,
    #[default]
    Info,
    Debug,
    Trace,
}

impl Level {
    /// What Velero's `--log-level` may be (logrus: `panic fatal error warn warning info debug trace`,
    /// in any case).
    pub(crate) fn from_flag(text: &str) -> Option<Self> {
        Some(match text.to_ascii_lowercase().as_str() {
            "panic" | "fatal" | "error" => Self::Error,
            "warn" | "warning" => Self::Warn,
            "info" => Self::Info,
            "debug" => Self::Debug,
            "trace" => Self::Trace,
            _ => return None,
        })
    }

    pub(crate) fn from_number(number: u8) -> Self {
        [Self::Error, Self::Warn, Self::Info, Self::Debug]
            .get(usize::from(number))
            .copied()
            .unwrap_or(Self::Trace)
    }

    /// hclog's word.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
        }
    }

    /// logrus's word, in the field `level` that Velero's own logger writes beside hclog's.
    pub(crate) fn as_logrus(self) -> &'static str {
        if self == Self::Warn { "warning" } else { self.as_str() }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl From<tracing::Level> for Level {
    fn from(level: tracing::Level) -> Self {
        match level {
            tracing::Level::ERROR => Self::Error,
            tracing::Level::WARN => Self::Warn,
            tracing::Level::INFO => Self::Info,
            tracing::Level::DEBUG => Self::Debug,
            tracing::Level::TRACE => Self::Trace,
        }
    }
}

impl From<Level> for tracing::level_filters::LevelFilter {
    fn from(level: Level) -> Self {
        match level {
            Level::Error => Self::ERROR,
            Level::Warn => Self::WARN,
            Level::Info => Self::INFO,
            Level::Debug => Self::DEBUG,
            Level::Trace => Self::TRACE,
        }
    }
}

impl From<Level> for tracing_log::log::LevelFilter {
    fn from(level: Level) -> Self {
        match level {
            Level::Error => Self::Error,
            Level::Warn => Self::Warn,
            Level::Info => Self::Info,
            Level::Debug => Self::Debug,
            Level::Trace => Self::Trace,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn veleros_words_are_understood_in_any_case() {
        for (text, level) in [
            ("panic", Level::Error),
            ("FATAL", Level::Error),
            ("error", Level::Error),
            ("warn", Level::Warn),
            ("Warning", Level::Warn),
            ("info", Level::Info),
            ("debug", Level::Debug),
            ("trace", Level::Trace),
        ] {
            assert_eq!(Level::from_flag(text), Some(level), "{text}");
        }
        assert_eq!(Level::from_flag("verbose"), None);
    }

    #[test]
    fn a_level_survives_its_number() {
        for level in [Level::Error, Level::Warn, Level::Info, Level::Debug, Level::Trace] {
            assert_eq!(Level::from_number(level as u8), level);
        }
    }
}
