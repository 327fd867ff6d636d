//! Go's `time.Time`, which has its own encoding.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::encoder::{Encoder, Shape, put_bytes};
use super::error::GobError;
use super::input::Input;
use super::types::{Type, TypeId};
use super::value::Gob;

/// The seconds from year 1, Go's epoch, to 1970.
const TO_1970: i64 = 62_135_596_800;

/// A point in time; Go's zero time, in year 1, is `None`. Go's zone is dropped: it does not change the point
/// in time.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct GoTime(pub Option<SystemTime>);

impl Gob for GoTime {
    fn decode(&mut self, from: &mut Input<'_>, of: &Type) -> Result<(), GobError> {
        let Type::Opaque = of else { return Err(of.is_no("time")) };
        self.0 = read(from.bytes()?)?;
        Ok(())
    }

    fn define(encoder: &mut Encoder) -> TypeId {
        encoder.number::<Self>(|encoder, id| encoder.define(id, "Time", &Shape::Opaque))
    }

    fn encode(&self, _: &mut Encoder, to: &mut Vec<u8>) {
        let (seconds, nanos) = self.0.map_or((0, 0), |time| {
            let (seconds, nanos) = unix(time);
            (seconds.saturating_add(TO_1970), nanos)
        });
        let mut bytes = vec![1];
        bytes.extend(seconds.to_be_bytes());
        bytes.extend(nanos.to_be_bytes());
        // No offset means UTC.
        bytes.extend((-1_i16).to_be_bytes());
        put_bytes(to, &bytes);
    }

    fn is_zero(&self) -> bool {
        self.0.is_none()
    }
}

/// Version, seconds, nanoseconds, and the zone's offset in minutes; version 2 also has seconds of the offset
/// (Go's `time/time.go`, `MarshalBinary`).
fn read(bytes: &[u8]) -> Result<Option<SystemTime>, GobError> {
    let no_time = || GobError::new(format_args!("invalid time {bytes:?}"));
    let (&version, rest) = bytes.split_first().ok_or_else(no_time)?;
    let (seconds, rest) = rest.split_first_chunk().ok_or_else(no_time)?;
    let (nanos, zone) = rest.split_first_chunk().ok_or_else(no_time)?;
    let (seconds, nanos) = (i64::from_be_bytes(*seconds), u32::from_be_bytes(*nanos));
    if !matches!((version, zone.len()), (1, 2) | (2, 3)) || nanos >= 1_000_000_000 {
        return Err(no_time());
    }
    if (seconds, nanos) == (0, 0) {
        return Ok(None);
    }
    let since = seconds.checked_sub(TO_1970).ok_or_else(no_time)?;
    let whole = Duration::from_secs(since.unsigned_abs());
    let time = if since < 0 { UNIX_EPOCH.checked_sub(whole) } else { UNIX_EPOCH.checked_add(whole) };
    let time = time.and_then(|time| time.checked_add(Duration::from_nanos(nanos.into())));
    Ok(Some(time.ok_or_else(no_time)?))
}

/// Seconds since 1970 (negative before) and nanoseconds.
fn unix(time: SystemTime) -> (i64, u32) {
    match time.duration_since(UNIX_EPOCH) {
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Seconds since year 1, of a day in 2026.
    const THEN: [u8; 8] = [0, 0, 0, 0x0e, 0xe1, 0x87, 0x51, 0x40];

    #[test]
    fn writes_gos_form_in_utc() {
        let written = |time| {
            let mut bytes = Vec::new();
            GoTime(time).encode(&mut Encoder::default(), &mut bytes);
            bytes
        };
        let then = i64::from_be_bytes(THEN) - TO_1970;
        let then = UNIX_EPOCH + Duration::new(then.unsigned_abs(), 5);
        assert_eq!(written(Some(then)), [&[15, 1][..], &THEN, &[0, 0, 0, 5, 0xff, 0xff]].concat());
        assert_eq!(written(None), [&[15, 1][..], &[0; 12], &[0xff, 0xff]].concat());
    }

    #[test]
    fn times_before_1970_round_trip() {
        for before in [Duration::from_millis(250), Duration::from_secs(3), Duration::from_millis(3250)] {
            let time = UNIX_EPOCH - before;
            let mut bytes = Vec::new();
            GoTime(Some(time)).encode(&mut Encoder::default(), &mut bytes);
            // Without the length.
            assert_eq!(read(&bytes[1..]), Ok(Some(time)), "{before:?}");
        }
    }

    #[test]
    fn reads_times_in_any_zone() {
        let time = |version, nanos: [u8; 4], zone: &[u8]| {
            read(&[&[version][..], &THEN, &nanos, zone].concat()).map(|time| unix(time.unwrap()))
        };
        let utc = time(1, [0; 4], &[0xff, 0xff]).unwrap();
        assert_eq!(time(1, [0; 4], &[0, 120]).unwrap(), utc);
        assert_eq!(time(2, [0; 4], &[0, 19, 32]).unwrap(), utc);
        assert_eq!(time(1, [0, 0, 0, 5], &[0, 0]).unwrap(), (utc.0, 5));
        for wrong in
            [time(2, [0; 4], &[0, 0]), time(1, [0x3b, 0x9a, 0xca, 0], &[0, 0]), time(3, [0; 4], &[0, 0])]
        {
            assert!(wrong.unwrap_err().to_string().contains("invalid time ["));
        }
        assert_eq!(read(&[1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff]), Ok(None));
        assert!(read(&[]).is_err());
        assert!(read(&[[1, 0x80].as_slice(), &[0; 13]].concat()).is_err(), "before all time");
    }
}
