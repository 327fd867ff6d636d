//! Colours.

use anstyle::{AnsiColor, Style};
use clap::ColorChoice;
use plugwright::client::Level;

pub(crate) const ERROR: Style = AnsiColor::Red.on_default().bold();
pub(crate) const WARNING: Style = AnsiColor::Yellow.on_default().bold();
pub(crate) const HEADING: Style = Style::new().bold();
pub(crate) const DIM: Style = Style::new().dimmed();
pub(crate) const ADDED: Style = AnsiColor::Green.on_default();
pub(crate) const REMOVED: Style = AnsiColor::Red.on_default();
pub(crate) const HUNK: Style = AnsiColor::Cyan.on_default();

/// Applies to stdout and stderr. `auto` colors on a terminal unless `NO_COLOR` is set.
pub(crate) fn choose(color: ColorChoice) {
    match color {
        ColorChoice::Auto => anstream::ColorChoice::Auto,
        ColorChoice::Always => anstream::ColorChoice::Always,
        ColorChoice::Never => anstream::ColorChoice::Never,
    }
    .write_global();
}

pub(crate) fn of_level(level: Level) -> Style {
    match level {
        Level::ERROR => ERROR,
        Level::WARN => WARNING,
        Level::INFO => AnsiColor::Green.on_default(),
        _ => DIM,
    }
}
