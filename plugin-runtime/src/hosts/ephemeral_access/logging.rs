//! `EPHEMERAL_LOG_LEVEL` and `EPHEMERAL_LOG_FORMAT`, which the controller has in its environment and hands on with it
//! (`pkg/log/log.go`).

use go_plugin::Environment;
use go_plugin::hclog::Level;

use crate::log::{self, Format};

const LEVEL: &str = "EPHEMERAL_LOG_LEVEL";
const FORMAT: &str = "EPHEMERAL_LOG_FORMAT";

/// How the plugin logs, and what was wrong with the settings.
///
/// Text only where somebody asks for it: from JSON the host knows a line's fields, and writes them in its own format.
pub(crate) fn logging(environment: &Environment) -> (Level, Format, Vec<String>) {
    let mut problems = Vec::new();
    let level = environment.get(LEVEL).and_then(|text| {
        let level = log::level(text);
        if level.is_none() {
            problems.push(format!("unknown {LEVEL} {text}; info is used"));
        }
        level
    });
    let format = match environment.get(FORMAT).map(str::trim) {
        None | Some("json") => Format::Hclog,
        Some("text") => Format::Text,
        Some(other) => {
            problems.push(format!("unknown {FORMAT} {other}; json is used"));
            Format::Hclog
        }
    };
    (level.unwrap_or_default(), format, problems)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_controllers_settings_are_the_plugins() {
        let of = |level, format| logging(&Environment::of([(LEVEL, level), (FORMAT, format)]));
        assert_eq!(of("", ""), (Level::Info, Format::Hclog, vec![]));
        assert_eq!(of("debug", "text"), (Level::Debug, Format::Text, vec![]));
        assert_eq!(of("panic", "json"), (Level::Off, Format::Hclog, vec![]));
        let (level, format, problems) = of("loud", "xml");
        assert_eq!((level, format, problems.len()), (Level::Info, Format::Hclog, 2));
        assert!(
            problems[0].contains("EPHEMERAL_LOG_LEVEL loud") && problems[1].contains("xml"),
            "{problems:?}"
        );
    }
}
