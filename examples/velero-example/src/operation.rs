//! The asynchronous operation of both V2 actions.

use std::fmt;
use std::str::FromStr;
use std::time::{Duration, SystemTime};

use plugwright::Error;
use plugwright::prelude::*;
use plugwright::types::go_duration;

/// An operation that completes after a duration.
///
/// Its ID, `<item>/<duration>`, contains the whole state, because Velero requests the progress from another process than
/// the one that started the operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TimedOperation {
    /// The original text: `90s` must not become `1m30s`.
    id: String,
    duration: Duration,
}

impl TimedOperation {
    /// The operation of an item, with the duration in the first valid annotation.
    pub(crate) fn asked_for(item: &str, annotations: [Option<&str>; 2]) -> Option<Self> {
        annotations.into_iter().flatten().find_map(|written| {
            let duration = go_duration::parse(written).ok()?;
            Some(Self { id: format!("{item}/{written}"), duration })
        })
    }

    /// The progress, in whole seconds.
    pub(crate) fn progress(&self, started: Time, now: Time) -> OperationProgress {
        // The start may be in the future if clocks differ.
        let elapsed = SystemTime::from(now).duration_since(started.into()).unwrap_or_default();
        OperationProgress {
            completed: elapsed >= self.duration,
            done: seconds(elapsed.min(self.duration)),
            total: seconds(self.duration),
            units: "seconds".into(),
            started: Some(started),
            updated: Some(now),
            ..OperationProgress::default()
        }
    }
}

fn seconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_secs()).unwrap_or(i64::MAX)
}

impl fmt::Display for TimedOperation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.id)
    }
}

impl FromStr for TimedOperation {
    type Err = Error;

    fn from_str(id: &str) -> Result<Self> {
        let (_, duration) = id.split_once('/').context("expected an operation ID <item>/<duration>")?;
        Ok(Self { id: id.to_owned(), duration: go_duration::parse(duration)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_kept_as_written() {
        let operation = TimedOperation::asked_for("web-0", [Some("90s"), None]).unwrap();
        assert_eq!(operation.to_string(), "web-0/90s");
        assert_eq!(operation.to_string().parse::<TimedOperation>().unwrap(), operation);
    }

    #[test]
    fn the_first_valid_annotation_is_used() {
        let id = |annotations| TimedOperation::asked_for("uid", annotations).map(|operation| operation.id);
        assert_eq!(id([Some("1m"), Some("2m")]).as_deref(), Some("uid/1m"));
        assert_eq!(id([None, Some("2m")]).as_deref(), Some("uid/2m"));
        assert_eq!(id([Some("soon"), Some("2m")]).as_deref(), Some("uid/2m"));
        assert_eq!(id([Some("-1s"), Some("")]), None);
        assert_eq!(id([None, None]), None);
    }

    #[test]
    fn an_id_contains_an_item_and_a_duration() {
        for id in ["", "uid", "uid/", "uid/soon", "uid/-1s", "1s/uid", "a/b/1s", "ns/name/uid/1s"] {
            assert!(id.parse::<TimedOperation>().is_err(), "{id}");
        }
    }

    #[test]
    fn progress_is_in_seconds_since_the_start() {
        let operation: TimedOperation = "uid/2m0.5s".parse().unwrap();
        let started: Time = "2026-05-01T12:00:00Z".parse().unwrap();
        let at = |now: &str| {
            let progress = operation.progress(started, now.parse().unwrap());
            assert_eq!((progress.total, progress.started), (120, Some(started)));
            (progress.completed, progress.done)
        };
        assert_eq!(at("2026-05-01T11:59:00Z"), (false, 0));
        assert_eq!(at("2026-05-01T12:00:59.9Z"), (false, 59));
        assert_eq!(at("2026-05-01T12:02:00Z"), (false, 120));
        assert_eq!(at("2026-05-01T12:02:00.5Z"), (true, 120));
        assert_eq!(at("2026-05-02T00:00:00Z"), (true, 120));
    }
}
