//! [`Time`]: a point in time, in Kubernetes' format.

use std::fmt;
use std::str::FromStr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

const DAY: i64 = 86_400;

/// A point in time. Its text form is RFC 3339 in UTC, `2026-05-01T12:00:00Z`, as in Kubernetes'
/// `metav1.Time`.
///
/// Any offset is accepted (`…T14:00:00+02:00`), and fractions of a second are kept; Kubernetes itself writes
/// whole seconds.
///
/// ```
/// use plugwright::Time;
///
/// let time: Time = "2026-05-01T14:00:00+02:00".parse()?;
/// assert_eq!(time.to_string(), "2026-05-01T12:00:00Z");
/// # Ok::<(), plugwright::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(SystemTime);

impl Time {
    /// Returns the current time of the system clock.
    pub fn now() -> Self {
        Self(SystemTime::now())
    }

    /// Returns the time elapsed since then; zero for a time in the future.
    pub fn elapsed(&self) -> Duration {
        self.0.elapsed().unwrap_or_default()
    }

    /// Seconds since 1970 (negative before) and nanoseconds.
    pub(crate) fn unix(self) -> (i64, u32) {
        match self.0.duration_since(UNIX_EPOCH) {
            Ok(since) => (i64::try_from(since.as_secs()).unwrap_or(i64::MAX), since.subsec_nanos()),
            Err(before) => {
                let before = before.duration();
                let seconds = i64::try_from(before.as_secs()).map_or(i64::MIN, |seconds| -seconds);
                match before.subsec_nanos() {
                    0 => (seconds, 0),
                    nanos => (seconds.saturating_sub(1), 1_000_000_000 - nanos),
                }
            }
        }
    }
}

impl From<SystemTime> for Time {
    fn from(time: SystemTime) -> Self {
        Self(time)
    }
}

impl From<Time> for SystemTime {
    fn from(time: Time) -> Self {
        time.0
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seconds, nanos) = self.unix();
        let (year, month, day) = date(seconds.div_euclid(DAY));
        let second = seconds.rem_euclid(DAY);
        let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")?;
        if nanos != 0 {
            write!(f, ".{}", format!("{nanos:09}").trim_end_matches('0'))?;
        }
        f.write_str("Z")
    }
}

/// The same text as `Display`.
impl fmt::Debug for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Time {
    type Err = ParseTimeError;

    fn from_str(text: &str) -> Result<Self, ParseTimeError> {
        parse(text).map(Self).ok_or_else(|| ParseTimeError(text.to_owned()))
    }
}

/// The error for a text that is not a [`Time`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseTimeError(String);

impl std::error::Error for ParseTimeError {}

impl fmt::Display for ParseTimeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "invalid time {:?}; expected RFC 3339, such as 2026-05-01T12:00:00Z", self.0)
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

/// Accepts only `YYYY-MM-DDThh:mm:ss[.fraction](Z|±hh:mm)`, like Go.
fn parse(text: &str) -> Option<SystemTime> {
    let (date, rest) = text.split_once('T')?;
    let [year, month, day] = numbers(date, '-', [4, 2, 2])?;
    let zone_at = rest.find(['Z', '+', '-'])?;
    let (clock, zone) = rest.split_at(zone_at);
    let (clock, nanos) = match clock.split_once('.') {
        Some((clock, fraction)) => (clock, nanos_of(fraction)?),
        None => (clock, 0),
    };
    let [hour, minute, second] = numbers(clock, ':', [2, 2, 2])?;
    let offset = match zone.split_at(1) {
        ("Z", "") => 0,
        (sign @ ("+" | "-"), zone) => {
            let [hours, minutes] = numbers(zone, ':', [2, 2])?;
            let offset = (hours < 24 && minutes < 60).then_some(hours * 3_600 + minutes * 60)?;
            if sign == "-" { -offset } else { offset }
        }
        _ => return None,
    };
    if !(1..=12).contains(&month)
        || day < 1
        || day > days_in(year, month)
        || hour > 23
        || minute > 59
        || second > 59
    {
        return None;
    }
    let seconds = days_before(year, month, day) * DAY + hour * 3_600 + minute * 60 + second - offset;
    // In UTC, the year must still have four digits, or the time's own text could not be parsed.
    if !(days_before(0, 1, 1) * DAY..days_before(10_000, 1, 1) * DAY).contains(&seconds) {
        return None;
    }
    let whole = Duration::from_secs(seconds.unsigned_abs());
    let time = if seconds < 0 { UNIX_EPOCH.checked_sub(whole) } else { UNIX_EPOCH.checked_add(whole) };
    time?.checked_add(Duration::from_nanos(nanos))
}

/// Parses numbers of exactly these widths, separated by `separator`.
fn numbers<const N: usize>(text: &str, separator: char, widths: [usize; N]) -> Option<[i64; N]> {
    let mut parts = text.split(separator);
    let mut numbers = [0; N];
    for (number, width) in numbers.iter_mut().zip(widths) {
        let part =
            parts.next().filter(|part| part.len() == width && part.bytes().all(|b| b.is_ascii_digit()))?;
        *number = part.parse().ok()?;
    }
    parts.next().is_none().then_some(numbers)
}

/// Digits beyond nanoseconds are dropped.
fn nanos_of(fraction: &str) -> Option<u64> {
    if fraction.is_empty() || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    fraction
        .bytes()
        .chain(std::iter::repeat(b'0'))
        .take(9)
        .try_fold(0, |nanos, b| Some(nanos * 10 + u64::from(b - b'0')))
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

/// Days since 1970-01-01. Years start in March here, so that the leap day is the last day of a year.
fn days_before(year: i64, month: i64, day: i64) -> i64 {
    let year = if month < 3 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// The inverse: year, month, day.
fn date(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * of_year + 2) / 153;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    let year = era * 400 + year_of_era + i64::from(month < 3);
    (year, month, of_year - (153 * from_march + 2) / 5 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(text: &str) -> i64 {
        text.parse::<Time>().unwrap().unix().0
    }

    #[test]
    fn parses_known_times() {
        assert_eq!(seconds("1970-01-01T00:00:00Z"), 0);
        assert_eq!(seconds("2023-11-14T22:13:20Z"), 1_700_000_000);
        assert_eq!(seconds("2000-02-29T23:59:59Z"), 951_868_799);
        assert_eq!(seconds("1969-12-31T23:59:59Z"), -1);
        assert_eq!(seconds("0001-01-01T00:00:00Z"), -62_135_596_800); // Go's zero time
        assert_eq!(seconds("9999-12-31T23:59:59Z"), 253_402_300_799);
    }

    #[test]
    fn every_day_round_trips() {
        for day in days_before(1899, 1, 1)..days_before(2401, 1, 1) {
            let (year, month, of_month) = date(day);
            assert!((1..=days_in(year, month)).contains(&of_month), "{day}");
            assert_eq!(days_before(year, month, of_month), day);
        }
    }

    #[test]
    fn text_is_utc_and_keeps_fractions() {
        for (text, written) in [
            ("2026-05-01T14:00:00+02:00", "2026-05-01T12:00:00Z"),
            ("2026-05-01T23:30:00-05:30", "2026-05-02T05:00:00Z"),
            ("2026-05-01T12:00:00.5Z", "2026-05-01T12:00:00.5Z"),
            ("2026-05-01T12:00:00.000000001999Z", "2026-05-01T12:00:00.000000001Z"),
            ("1969-12-31T23:59:59.25Z", "1969-12-31T23:59:59.25Z"),
            ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
        ] {
            let time: Time = text.parse().unwrap();
            assert_eq!(time.to_string(), written);
            assert_eq!(written.parse::<Time>().unwrap(), time);
            assert_eq!(serde_json::to_string(&time).unwrap(), format!("\"{written}\""));
        }
    }

    #[test]
    fn rejects_invalid_times() {
        for text in [
            "",
            "2026-05-01",
            "2026-05-01 12:00:00Z",
            "2026-05-01T12:00:00",
            "2026-05-01T12:00:00z",
            "2026-5-1T12:00:00Z",
            "2026-02-29T12:00:00Z",
            "1900-02-29T12:00:00Z",
            "2026-13-01T12:00:00Z",
            "2026-00-01T12:00:00Z",
            "2026-05-00T12:00:00Z",
            "2026-05-01T24:00:00Z",
            "2026-05-01T12:60:00Z",
            "2026-05-01T12:00:60Z",
            "2026-05-01T12:00:00.Z",
            "2026-05-01T12:00:00+0200",
            "2026-05-01T12:00:00+24:00",
            "2026-05-01T12:00:00ZZ",
            "+026-05-01T12:00:00Z",
            "2026-05-01T12:00:00é",
            "9999-12-31T23:59:59-00:01",
            "0000-01-01T00:00:00+00:01",
        ] {
            let error = text.parse::<Time>().unwrap_err().to_string();
            assert!(error.starts_with(&format!("invalid time {text:?}; expected RFC 3339")), "{error}");
        }
    }

    #[test]
    fn elapsed_is_never_negative() {
        assert!(Time::now().elapsed() < Duration::from_secs(60));
        assert_eq!(Time::from(SystemTime::now() + Duration::from_secs(3_600)).elapsed(), Duration::ZERO);
    }
}
