//! `EPHEMERAL_LOG_LEVEL` and `EPHEMERAL_LOG_FORMAT`, which plugins inherit from the controller's environment
//! (`pkg/log/log.go`).

use go_plugin::Environment;
use go_plugin::hclog::Level;

use crate::log::{self, Format};

const LEVEL: &str = "EPHEMERAL_LOG_LEVEL";
const FORMAT: &str = "EPHEMERAL_LOG_FORMAT";

/// The plugin's log configuration, and invalid settings.
///
/// Text only if requested: from JSON the host reads a line's fields and writes them in its own format.
pub(crate) fn logging(environment: &Environment) -> (Level, Format, Vec<String>) {
    let mut problems = Vec::new();
    let level = environment.get(LEVEL).and_then(|text| {
        let level = log::level(text);
        if level.is_none() {
            problems.push(format!("unknown {LEVEL} {text}; using info"));
        }
        level
    });
    let format = match environment.get(FORMAT).map(str::trim) {
        None | Some("json") => Format::Hclog,
        Some("text") => Format::Text,
        Some(other) => {
            problems.push(format!("unknown {FORMAT} {other}; using json"));
            Format::Hclog
        }
    };
    (level.unwrap_or_default(), format, problems)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plugin_uses_the_controllers_settings() {
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
