//! Writes log records.

use plugwright::Error;

/// Writes a record at each level, and a last one with `text`.
pub(crate) fn everything(text: &str) {
    tracing::trace!(
        text = "two words",
        number = 42,
        negative = -7,
        fraction = 1.5,
        yes = true,
        "a trace record"
    );
    tracing::debug!(
        text = "two words",
        number = 42,
        negative = -7,
        fraction = 1.5,
        yes = true,
        "a debug record"
    );
    tracing::info!(
        text = "two words",
        number = 42,
        negative = -7,
        fraction = 1.5,
        yes = true,
        "an info record"
    );
    tracing::warn!(
        text = "two words",
        number = 42,
        negative = -7,
        fraction = 1.5,
        yes = true,
        "a warn record"
    );
    tracing::error!(
        text = "two words",
        number = 42,
        negative = -7,
        fraction = 1.5,
        yes = true,
        "an error record"
    );
    tracing::info!("quotes \" and\nlines and \u{fc}ml\u{e4}uts");
    tracing::error!(error = Error::msg("the cause").as_std(), "a record with an error");
    tracing::info!("{text}");
}

/// Writes a record with field names that hosts reserve.
pub(crate) fn hostile() {
    tracing::info!(
        "@message" = 5,
        "@level" = 7,
        "@timestamp" = 9,
        level = true,
        time = 1.5,
        timestamp = 2,
        logSource = 3,
        "hostile fields"
    );
}
