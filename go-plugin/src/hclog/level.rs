//! hclog's levels.

use std::fmt;

/// A hclog level, as parsed by hosts (hashicorp/go-hclog, `logger.go`). A line with another level, for
/// example `warning`, is lost or shown as plain text. The default is [`Level::Info`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
#[repr(u8)]
pub enum Level {
    /// `off`: nothing is logged. No record has this level.
    Off,
    /// `error`
    Error,
    /// `warn`
    Warn,
    /// `info`
    #[default]
    Info,
    /// `debug`
    Debug,
    /// `trace`
    Trace,
}

impl Level {
    const ALL: [Self; 6] = [Self::Off, Self::Error, Self::Warn, Self::Info, Self::Debug, Self::Trace];

    /// Parses hclog's name of a level (`LevelFromString`), in any case.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.as_str().eq_ignore_ascii_case(text.trim()))
    }

    pub(super) fn from_number(number: u8) -> Self {
        Self::ALL.get(usize::from(number)).copied().unwrap_or(Self::Trace)
    }

    /// Returns hclog's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
        }
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
            Level::Off => Self::OFF,
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
            Level::Off => Self::Off,
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
    fn levels_are_parsed_in_any_case() {
        assert_eq!(Level::parse("WARN"), Some(Level::Warn));
        assert_eq!(Level::parse(" trace "), Some(Level::Trace));
        assert_eq!(Level::parse("warning"), None);
    }

    #[test]
    fn levels_have_the_names_of_hclog() {
        let names = Level::ALL.map(|level| level.to_string());
        assert_eq!(names, ["off", "error", "warn", "info", "debug", "trace"]);
    }

    #[test]
    fn filters_have_the_same_level() {
        for level in Level::ALL {
            let filter = tracing::level_filters::LevelFilter::from(level);
            assert_eq!(filter.into_level().map_or(Level::Off, Level::from), level);
            let filter = tracing_log::log::LevelFilter::from(level);
            assert_eq!(filter.to_string(), level.to_string().to_uppercase());
        }
    }

    #[test]
    fn levels_round_trip_as_numbers() {
        for level in Level::ALL {
            assert_eq!(Level::from_number(level as u8), level);
        }
    }
}
