//! Durations in Go's form: `720h0m0s`, `1h30m`, `1.5s`, `250ms`.
//!
//! Parses like Go's `time.ParseDuration` and formats like its `Duration.String`. Kubernetes uses only this
//! form (`metav1.Duration`), and so do store configurations. The units are `ns`, `us` (also `µs`), `ms`, `s`,
//! `m` and `h`; days are not supported.
//!
//! [`parse`] and [`format()`] use a [`Duration`], which is never negative; [`parse_nanos`] and
//! [`format_nanos`] cover Go's full range. For a serde field use
//! `#[serde(with = "plugwright::types::go_duration")]`.

use std::fmt::Write as _;
use std::time::Duration;

use serde::{Deserialize as _, Deserializer, Serializer, de};

use crate::error::{Error, Result};

const SECOND: u64 = 1_000_000_000;
const UNITS: [(&str, u64); 8] = [
    ("ns", 1),
    ("us", 1_000),
    ("\u{b5}s", 1_000),  // micro sign
    ("\u{3bc}s", 1_000), // Greek letter mu
    ("ms", 1_000_000),
    ("s", SECOND),
    ("m", 60 * SECOND),
    ("h", 3_600 * SECOND),
];
/// The absolute value of Go's smallest duration: one more than its largest.
const LIMIT: u64 = 1 << 63;

/// Parses Go's form. A negative duration is an error.
///
/// ```
/// use std::time::Duration;
/// use plugwright::types::go_duration;
///
/// assert_eq!(go_duration::parse("1h30m")?, Duration::from_secs(5400));
/// assert!(go_duration::parse("30").unwrap_err().to_string().contains("unit"));
/// # Ok::<(), plugwright::Error>(())
/// ```
#[track_caller]
pub fn parse(text: &str) -> Result<Duration> {
    match parse_text(text) {
        Ok(duration) => Ok(duration),
        Err(message) => Err(Error::msg(message)),
    }
}

/// Formats in Go's form: `0s`, `1.5s`, `1h30m0s`.
pub fn format(duration: Duration) -> String {
    write(duration.as_nanos(), "")
}

/// Like [`parse`], in nanoseconds and with a sign.
#[track_caller]
pub fn parse_nanos(text: &str) -> Result<i64> {
    match parse_nanos_text(text) {
        Ok(nanos) => Ok(nanos),
        Err(message) => Err(Error::msg(message)),
    }
}

/// Like [`format()`], in nanoseconds and with a sign.
pub fn format_nanos(nanos: i64) -> String {
    write(nanos.unsigned_abs().into(), if nanos < 0 { "-" } else { "" })
}

/// [`parse`] with an error that has no location yet.
pub(crate) fn parse_text(text: &str) -> Result<Duration, String> {
    match u64::try_from(parse_nanos_text(text)?) {
        Ok(nanos) => Ok(Duration::from_nanos(nanos)),
        Err(_) => Err(format!("the duration {text:?} is negative")),
    }
}

fn parse_nanos_text(text: &str) -> Result<i64, String> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if unsigned == "0" {
        return Ok(0);
    }
    if unsigned.is_empty() {
        return Err(format!("the duration {text:?} has no number; expected a form such as 1h30m"));
    }
    let mut sum: u64 = 0;
    let mut rest = unsigned;
    while !rest.is_empty() {
        let (amount, after) = part(text, rest)?;
        sum = sum.checked_add(amount).filter(|&sum| sum <= LIMIT).ok_or_else(|| too_long(text))?;
        rest = after;
    }
    match (i64::try_from(sum), text.starts_with('-')) {
        (Ok(sum), false) => Ok(sum),
        (Ok(sum), true) => Ok(-sum),
        (Err(_), true) => Ok(i64::MIN),
        (Err(_), false) => Err(too_long(text)),
    }
}

fn too_long(text: &str) -> String {
    format!("the duration {text:?} is longer than {}", format_nanos(i64::MAX))
}

/// Parses one number with its unit; returns nanoseconds and the remaining text.
fn part<'a>(text: &str, rest: &'a str) -> Result<(u64, &'a str), String> {
    let (whole, after) = digits(rest);
    let (fraction, after) = match after.strip_prefix('.') {
        Some(after) => digits(after),
        None => ("", after),
    };
    if whole.is_empty() && fraction.is_empty() {
        return Err(format!("the duration {text:?} has no number before {rest:?}"));
    }
    let end = after.find(|c: char| c == '.' || c.is_ascii_digit()).unwrap_or(after.len());
    let (unit, behind) = after.split_at(end);
    let Some(&(_, unit)) = UNITS.iter().find(|(name, _)| *name == unit) else {
        let wrong = if unit.is_empty() { "no unit".to_owned() } else { format!("the unknown unit {unit:?}") };
        return Err(format!("the duration {text:?} has {wrong}; use h, m, s, ms, us or ns, such as 1m30s"));
    };
    let whole = if whole.is_empty() { Some(0) } else { whole.parse::<u64>().ok() };
    let amount = whole.and_then(|whole| whole.checked_mul(unit)?.checked_add(fraction_of(fraction, unit)));
    Ok((amount.filter(|&amount| amount <= LIMIT).ok_or_else(|| too_long(text))?, behind))
}

fn digits(text: &str) -> (&str, &str) {
    text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()))
}

/// Converts `.digits` of a unit to nanoseconds. Uses a float and only the digits that fit, as Go does,
/// because the last digit matters.
#[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss, clippy::cast_sign_loss)]
fn fraction_of(digits: &str, unit: u64) -> u64 {
    let (mut value, mut scale) = (0_u64, 1.0_f64);
    for digit in digits.bytes().map(|digit| u64::from(digit - b'0')) {
        match value.checked_mul(10).map(|value| value + digit) {
            Some(longer) if value <= (LIMIT - 1) / 10 && longer <= LIMIT => value = longer,
            _ => break,
        }
        scale *= 10.0;
    }
    (value as f64 * (unit as f64 / scale)) as u64
}

fn write(nanos: u128, sign: &str) -> String {
    let mut out = String::from(sign);
    let second = u128::from(SECOND);
    // Writing to a String cannot fail.
    let _ = match nanos {
        0 => write!(out, "0s"),
        1..1_000 => write!(out, "{nanos}ns"),
        1_000..1_000_000 => write!(out, "{}µs", decimal(nanos, 3)),
        1_000_000..1_000_000_000 => write!(out, "{}ms", decimal(nanos, 6)),
        _ => {
            let (hours, minutes) = (nanos / (3_600 * second), nanos / (60 * second) % 60);
            let seconds = decimal(nanos % (60 * second), 9);
            match (hours, minutes) {
                (0, 0) => write!(out, "{seconds}s"),
                (0, _) => write!(out, "{minutes}m{seconds}s"),
                _ => write!(out, "{hours}h{minutes}m{seconds}s"),
            }
        }
    };
    out
}

/// Formats `value` with its last `places` digits after the point, without trailing zeros.
fn decimal(value: u128, places: u32) -> String {
    let scale = 10_u128.pow(places);
    let fraction = format!("{:0width$}", value % scale, width = places as usize);
    match fraction.trim_end_matches('0') {
        "" => (value / scale).to_string(),
        fraction => format!("{}.{fraction}", value / scale),
    }
}

/// For `#[serde(with = "plugwright::types::go_duration")]`.
pub fn serialize<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&format(*duration))
}

/// For `#[serde(with = "plugwright::types::go_duration")]`. `null` and negative durations become zero: a
/// negative value has no meaning in any field of a Backup or Restore, but must not make the whole object
/// unreadable.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let Some(text) = Option::<String>::deserialize(deserializer)? else {
        return Ok(Duration::ZERO);
    };
    let nanos = parse_nanos_text(&text).map_err(de::Error::custom)?;
    Ok(Duration::from_nanos(u64::try_from(nanos).unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Results of Go 1.26: text, nanoseconds, and Go's formatting of them.
    const FROM_GO: &[(&str, i64, &str)] = &[
        ("0", 0, "0s"),
        ("-0", 0, "0s"),
        ("+0", 0, "0s"),
        ("0s", 0, "0s"),
        ("5s", 5_000_000_000, "5s"),
        ("-5s", -5_000_000_000, "-5s"),
        ("+5s", 5_000_000_000, "5s"),
        ("5.0s", 5_000_000_000, "5s"),
        ("5.6s", 5_600_000_000, "5.6s"),
        ("5.s", 5_000_000_000, "5s"),
        (".5s", 500_000_000, "500ms"),
        ("1.0s", 1_000_000_000, "1s"),
        ("1.00s", 1_000_000_000, "1s"),
        ("1.004s", 1_004_000_000, "1.004s"),
        ("1.0040s", 1_004_000_000, "1.004s"),
        ("100.00100s", 100_001_000_000, "1m40.001s"),
        ("10ns", 10, "10ns"),
        ("11us", 11_000, "11µs"),
        ("12µs", 12_000, "12µs"),
        ("12μs", 12_000, "12µs"),
        ("13ms", 13_000_000, "13ms"),
        ("14s", 14_000_000_000, "14s"),
        ("15m", 900_000_000_000, "15m0s"),
        ("16h", 57_600_000_000_000, "16h0m0s"),
        ("3h30m", 12_600_000_000_000, "3h30m0s"),
        ("10.5s4m", 250_500_000_000, "4m10.5s"),
        ("-2m3.4s", -123_400_000_000, "-2m3.4s"),
        ("1h2m3s4ms5us6ns", 3_723_004_005_006, "1h2m3.004005006s"),
        ("39h9m14.425s", 140_954_425_000_000, "39h9m14.425s"),
        ("52763797000ns", 52_763_797_000, "52.763797s"),
        ("0.3333333333333333333h", 1_200_000_000_000, "20m0s"),
        ("9007199254740993ns", 9_007_199_254_740_993, "2501h59m59.254740993s"),
        ("9223372036854775807ns", 9_223_372_036_854_775_807, "2562047h47m16.854775807s"),
        ("9223372036854775.807us", 9_223_372_036_854_775_807, "2562047h47m16.854775807s"),
        ("9223372036s854ms775us807ns", 9_223_372_036_854_775_807, "2562047h47m16.854775807s"),
        ("-9223372036854775808ns", -9_223_372_036_854_775_808, "-2562047h47m16.854775808s"),
        ("-9223372036854775.808us", -9_223_372_036_854_775_808, "-2562047h47m16.854775808s"),
        ("-9223372036s854ms775us808ns", -9_223_372_036_854_775_808, "-2562047h47m16.854775808s"),
        ("0.100000000000000000000h", 360_000_000_000, "6m0s"),
        ("0.830103483285477580700h", 2_988_372_539_827, "49m48.372539827s"),
        ("720h0m0s", 2_592_000_000_000_000, "720h0m0s"),
        ("1.5h", 5_400_000_000_000, "1h30m0s"),
        ("-.5s", -500_000_000, "-500ms"),
        ("1µs1ns", 1_001, "1.001µs"),
        ("1.h.5m", 3_630_000_000_000, "1h0m30s"),
        ("0.00000000000000000001ns", 0, "0s"),
    ];

    /// Nanoseconds as Go 1.26 formats them.
    const WRITTEN_BY_GO: &[(i64, &str)] = &[
        (0, "0s"),
        (1, "1ns"),
        (1_100, "1.1µs"),
        (2_200_000, "2.2ms"),
        (3_300_000_000, "3.3s"),
        (245_000_000_000, "4m5s"),
        (300_006_000_000, "5m0.006s"),
        (100_000_001, "100.000001ms"),
        (-1, "-1ns"),
        (-9_223_372_036_854_775_808, "-2562047h47m16.854775808s"),
        (9_223_372_036_854_775_807, "2562047h47m16.854775807s"),
        (999, "999ns"),
        (999_999, "999.999µs"),
        (999_999_999, "999.999999ms"),
        (60_000_000_000, "1m0s"),
        (3_600_000_000_000, "1h0m0s"),
        (59_999_999_999, "59.999999999s"),
    ];

    #[test]
    fn parses_and_formats_like_go() {
        for &(text, nanos, written) in FROM_GO {
            assert_eq!(parse_nanos(text).unwrap(), nanos, "{text}");
            assert_eq!(format_nanos(nanos), written, "{text}");
        }
        for &(nanos, written) in WRITTEN_BY_GO {
            assert_eq!(format_nanos(nanos), written);
            assert_eq!(parse_nanos(written).unwrap(), nanos);
        }
    }

    #[test]
    fn rejects_what_go_rejects_with_a_reason() {
        for (text, why) in [
            ("", "has no number"),
            ("-", "has no number"),
            ("s", "has no number before \"s\""),
            (".", "has no number"),
            ("-.", "has no number"),
            ("+-5s", "has no number"),
            ("3", "has no unit"),
            ("1d", "unknown unit \"d\""),
            ("1h 30m", "unknown unit \"h \""),
            ("5S", "unknown unit \"S\""),
            ("1x2s", "unknown unit \"x\""),
            ("-3.-10s", "unknown unit \"-\""),
            ("3000000h", "longer than 2562047h47m16.854775807s"),
            ("9223372036854775808ns", "longer"),
            ("9223372036854775.808us", "longer"),
            ("9223372036854ms775us808ns", "longer"),
            ("-9223372036854775809ns", "longer"),
            ("99999999999999999999s", "longer"),
            ("2562047h47m16.854775808s", "longer"),
        ] {
            let error = parse_nanos(text).unwrap_err().to_string();
            assert!(error.contains(&format!("{text:?}")) && error.contains(why), "{text}: {error}");
        }
    }

    #[test]
    fn std_durations_are_never_negative() {
        assert_eq!(parse("1.5s").unwrap(), Duration::from_millis(1500));
        assert_eq!(parse("-1s").unwrap_err().to_string(), "the duration \"-1s\" is negative");
        assert_eq!(parse("-1s").unwrap_err().location().line(), line!());
        assert_eq!(parse_nanos("x").unwrap_err().location().line(), line!());
        assert_eq!(format(Duration::from_secs(5400)), "1h30m0s");
        assert_eq!(format(Duration::MAX), "5124095576030431h0m15.999999999s");
    }

    #[test]
    fn serde_reads_null_and_negative_as_zero() {
        let read = |json: &str| deserialize(&mut serde_json::Deserializer::from_str(json));
        assert_eq!(read("\"2m\"").unwrap(), Duration::from_secs(120));
        assert_eq!(read("null").unwrap(), Duration::ZERO);
        assert_eq!(read("\"-2m\"").unwrap(), Duration::ZERO);
        assert!(read("120").is_err());
        assert!(read("\"2 minutes\"").unwrap_err().to_string().contains("unknown unit"));
    }
}
