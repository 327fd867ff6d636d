//! Waits for a plugin that may never answer.

use std::fmt::Display;
use std::time::Duration;

/// Calls usually take milliseconds. After this time, a notice names the pending call.
const NOTICE: Duration = Duration::from_secs(5);

/// A call that took longer than `--timeout`.
#[derive(Debug, PartialEq)]
pub(crate) struct TimedOut(pub(crate) Duration);

impl Display for TimedOut {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "no answer within {:?} (--timeout)", self.0)
    }
}

/// Waits for an answer, up to a limit.
pub(crate) async fn wait<T>(
    what: impl Display,
    limit: Option<Duration>,
    answer: impl Future<Output = T>,
) -> Result<T, TimedOut> {
    let cure = if limit.is_some() { "" } else { "; use --timeout to set a limit, or Ctrl-C to exit" };
    let answer = watch(format!("{what} has not answered for {NOTICE:?}{cure}"), answer);
    match limit {
        Some(limit) => tokio::time::timeout(limit, answer).await.map_err(|_| TimedOut(limit)),
        None => Ok(answer.await),
    }
}

/// Waits for an answer. After a few seconds, prints the notice to stderr.
pub(crate) async fn watch<T>(notice: impl Display, answer: impl Future<Output = T>) -> T {
    let late = async {
        tokio::time::sleep(NOTICE).await;
        let warning = crate::style::WARNING;
        anstream::eprintln!("{warning}waiting{warning:#}: {notice}");
        std::future::pending().await
    };
    tokio::select! {
        biased;
        answer = answer => answer,
        never = late => never,
    }
}

/// Parses `30s`, `2m` or `500ms`; a plain number is in seconds.
pub(crate) fn parse(text: &str) -> Result<Duration, String> {
    let text = if text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        format!("{text}s")
    } else {
        text.to_owned()
    };
    match plugwright::types::go_duration::parse(&text) {
        Ok(limit) if !limit.is_zero() => Ok(limit),
        _ => Err("expected a duration above zero, such as 30s or 2m".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_answer_after_the_limit_is_an_error() {
        let limit = Some(Duration::from_millis(10));
        assert_eq!(wait("x", limit, async { 7 }).await, Ok(7));
        assert_eq!(wait("x", None, async { 7 }).await, Ok(7));
        let never = wait("x", limit, std::future::pending::<()>()).await;
        assert_eq!(never.unwrap_err().to_string(), "no answer within 10ms (--timeout)");
    }

    #[test]
    fn limits_are_durations() {
        assert_eq!(parse("30"), Ok(Duration::from_secs(30)));
        assert_eq!(parse("1m30s"), Ok(Duration::from_secs(90)));
        for wrong in ["", "0", "soon", "-1s"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
