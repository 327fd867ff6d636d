//! `grpc-timeout`: the caller's timeout (gRPC over HTTP/2, "Timeout").

use std::time::Duration;

use http::{HeaderMap, Response};
use tokio::time::Instant;

use super::answer::Answer;
use super::body::{self, Body};

const HEADER: &str = "grpc-timeout";

/// Returns the timeout of a request. An invalid one is ignored, as in tonic.
pub(super) fn of(headers: &HeaderMap) -> Option<Duration> {
    parse(headers.get(HEADER)?.to_str().ok()?)
}

/// Parses at most eight digits and a unit.
fn parse(text: &str) -> Option<Duration> {
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if digits.is_empty() || digits.len() > 8 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number = digits.parse().ok()?;
    Some(match unit {
        "H" => Duration::from_secs(number * 3_600),
        "M" => Duration::from_secs(number * 60),
        "S" => Duration::from_secs(number),
        "m" => Duration::from_millis(number),
        "u" => Duration::from_micros(number),
        "n" => Duration::from_nanos(number),
        _ => return None,
    })
}

/// Returns the response, or an error at the deadline, which also ends a response stream. The call is then
/// dropped.
pub(super) async fn within(limit: Duration, answer: Answer) -> Response<Body> {
    // A deadline beyond the clock's range never passes.
    let Some(deadline) = Instant::now().checked_add(limit) else { return answer.await };
    match tokio::time::timeout_at(deadline, answer).await {
        Ok(response) => response.map(|body| body.until(deadline)),
        Err(_) => body::response(Err(body::deadline_exceeded())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_digits_and_unit() {
        for (text, expected) in [
            ("1H", Duration::from_secs(3_600)),
            ("2M", Duration::from_secs(120)),
            ("3S", Duration::from_secs(3)),
            ("40m", Duration::from_millis(40)),
            ("5u", Duration::from_micros(5)),
            ("99999999n", Duration::from_nanos(99_999_999)),
        ] {
            assert_eq!(parse(text), Some(expected), "{text}");
        }
        for text in ["", "H", "1", "1s", "-1S", "+1S", "123456789S", "1.5S", "é"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
