use std::fmt;

use serde::Deserialize;

const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const DAY: u32 = 24 * 60;
const WEEK: u32 = 7 * DAY;

/// Hours of the week, such as `Mon-Fri 09:00-17:30`. A range that ends before it begins ends on the next day.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Hours {
    text: String,
    days: [bool; 7],
    /// The first minute of the day.
    from: u32,
    /// The length in minutes, at most a day.
    length: u32,
}

impl Hours {
    /// Day 0 is Monday.
    pub(crate) fn contain(&self, day: u32, hour: u32, minute: u32) -> bool {
        let now = day * DAY + hour * 60 + minute;
        let begins = (0..).zip(self.days).filter(|&(_, on)| on).map(|(day, _)| day * DAY + self.from);
        begins.into_iter().any(|begin: u32| (now + WEEK - begin) % WEEK < self.length)
    }
}

/// The original text.
impl fmt::Display for Hours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl TryFrom<String> for Hours {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let problem = |what: &str| {
            format!(
                "invalid hours `{text}`: {what}; use a range such as Mon-Fri 09:00-17:30 or Sat,Sun 22:00-06:00"
            )
        };
        let (days, times) = text.split_once(' ').ok_or_else(|| problem("expected days and times"))?;
        let days = parse_days(days)
            .map_err(|day| problem(&format!("expected a day of {}, found `{day}`", DAYS.join(", "))))?;
        let times = times.trim().split_once('-').and_then(|(from, to)| Some((minutes(from)?, minutes(to)?)));
        let (from, to) =
            times.ok_or_else(|| problem("expected two times from 00:00 to 24:00, separated by a dash"))?;
        if from == to || from == DAY {
            return Err(problem("the times are equal (a whole day is 00:00-24:00)"));
        }
        let length = if to > from { to - from } else { to + DAY - from };
        Ok(Self { text, days, from, length })
    }
}

/// Parses `Mon-Fri,Sun`. The error is the invalid day.
fn parse_days(text: &str) -> Result<[bool; 7], &str> {
    let index = |name| DAYS.iter().position(|day| *day == name).ok_or(name);
    let mut days = [false; 7];
    for range in text.split(',') {
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        let (first, last) = (index(first)?, index(last)?);
        for (day, on) in days.iter_mut().enumerate() {
            // `Sat-Mon` spans the end of the week.
            *on |= if first <= last { (first..=last).contains(&day) } else { day >= first || day <= last };
        }
    }
    Ok(days)
}

/// Parses `09:30`, up to `24:00`.
fn minutes(text: &str) -> Option<u32> {
    let (hour, minute) = text.split_once(':')?;
    let number = |text: &str| {
        let two_digits = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        two_digits.then(|| text.parse::<u32>().ok())?
    };
    let (hour, minute) = (number(hour)?, number(minute)?);
    (minute < 60 && hour * 60 + minute <= DAY).then_some(hour * 60 + minute)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours(text: &str) -> Hours {
        Hours::try_from(text.to_owned()).unwrap()
    }

    #[test]
    fn hours_include_the_first_minute_and_exclude_the_last() {
        let office = hours("Mon-Fri 09:00-17:30");
        assert!(office.contain(0, 9, 0) && office.contain(4, 17, 29));
        assert!(!office.contain(0, 8, 59) && !office.contain(4, 17, 30) && !office.contain(5, 12, 0));
    }

    #[test]
    fn ranges_may_span_midnight_and_the_end_of_the_week() {
        let night = hours("Sun 22:00-06:00");
        assert!(night.contain(6, 22, 0) && night.contain(0, 5, 59));
        assert!(!night.contain(0, 22, 0) && !night.contain(6, 5, 59) && !night.contain(0, 6, 0));
        let weekend = hours("Sat-Mon 00:00-24:00");
        assert!(weekend.contain(5, 0, 0) && weekend.contain(0, 23, 59) && !weekend.contain(1, 0, 0));
        let some = hours("Tue,Thu 12:00-13:00");
        assert!(some.contain(1, 12, 0) && some.contain(3, 12, 59) && !some.contain(2, 12, 0));
    }

    #[test]
    fn invalid_hours_are_rejected() {
        for (text, expected) in [
            ("Mon", "expected days and times"),
            ("Mo 09:00-10:00", "expected a day of Mon, Tue, Wed, Thu, Fri, Sat, Sun, found `Mo`"),
            ("Mon-Funday 09:00-10:00", "`Funday`"),
            ("Mon 9-10", "expected two times"),
            ("Mon 09:00", "expected two times"),
            ("Mon 25:00-26:00", "expected two times"),
            ("Mon 09:00-09:60", "expected two times"),
            ("Mon +9:00-10:00", "expected two times"),
            ("Mon 24:00-24:00", "the times are equal"),
            ("Mon 09:00-09:00", "the times are equal"),
            ("Mon 24:00-01:00", "the times are equal"),
            ("", "expected days and times"),
        ] {
            let problem = Hours::try_from(text.to_owned()).unwrap_err();
            assert!(problem.contains(expected) && problem.contains("; use a range such as"), "{problem}");
        }
    }
}
