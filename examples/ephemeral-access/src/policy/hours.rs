use std::fmt;

use serde::Deserialize;

const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const DAY: u32 = 24 * 60;
const WEEK: u32 = 7 * DAY;

/// Hours of the week, such as `Mon-Fri 09:00-17:30`. What ends before it begins ends on the next day.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Hours {
    text: String,
    days: [bool; 7],
    /// Minutes of the day.
    from: u32,
    /// How many minutes, at most those of a day.
    length: u32,
}

impl Hours {
    /// Day is 0 on Mondays.
    pub(crate) fn contain(&self, day: u32, hour: u32, minute: u32) -> bool {
        let now = day * DAY + hour * 60 + minute;
        let begins = (0..).zip(self.days).filter(|&(_, on)| on).map(|(day, _)| day * DAY + self.from);
        begins.into_iter().any(|begin: u32| (now + WEEK - begin) % WEEK < self.length)
    }
}

/// As it was written.
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
                "`{text}` are no hours: {what}; Mon-Fri 09:00-17:30 or Sat,Sun 22:00-06:00 would be right"
            )
        };
        let (days, times) = text.split_once(' ').ok_or_else(|| problem("days and times belong there"))?;
        let days =
            parse_days(days).map_err(|day| problem(&format!("`{day}` is none of {}", DAYS.join(", "))))?;
        let times = times.trim().split_once('-').and_then(|(from, to)| Some((minutes(from)?, minutes(to)?)));
        let (from, to) =
            times.ok_or_else(|| problem("times are two, from 00:00 to 24:00, with a dash between them"))?;
        if from == to || from == DAY {
            return Err(problem("they end when they begin (a whole day is 00:00-24:00)"));
        }
        let length = if to > from { to - from } else { to + DAY - from };
        Ok(Self { text, days, from, length })
    }
}

/// `Mon-Fri,Sun`; an error is the day that is none.
fn parse_days(text: &str) -> Result<[bool; 7], &str> {
    let index = |name| DAYS.iter().position(|day| *day == name).ok_or(name);
    let mut days = [false; 7];
    for range in text.split(',') {
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        let (first, last) = (index(first)?, index(last)?);
        for (day, on) in days.iter_mut().enumerate() {
            // `Sat-Mon` goes over the end of the week.
            *on |= if first <= last { (first..=last).contains(&day) } else { day >= first || day <= last };
        }
    }
    Ok(days)
}

/// `09:30`, up to `24:00`.
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
    fn hours_begin_with_their_first_minute_and_end_before_their_last() {
        let office = hours("Mon-Fri 09:00-17:30");
        assert!(office.contain(0, 9, 0) && office.contain(4, 17, 29));
        assert!(!office.contain(0, 8, 59) && !office.contain(4, 17, 30) && !office.contain(5, 12, 0));
    }

    #[test]
    fn a_night_ends_on_the_next_day_and_a_week_on_the_next_monday() {
        let night = hours("Sun 22:00-06:00");
        assert!(night.contain(6, 22, 0) && night.contain(0, 5, 59));
        assert!(!night.contain(0, 22, 0) && !night.contain(6, 5, 59) && !night.contain(0, 6, 0));
        let weekend = hours("Sat-Mon 00:00-24:00");
        assert!(weekend.contain(5, 0, 0) && weekend.contain(0, 23, 59) && !weekend.contain(1, 0, 0));
        let some = hours("Tue,Thu 12:00-13:00");
        assert!(some.contain(1, 12, 0) && some.contain(3, 12, 59) && !some.contain(2, 12, 0));
    }

    #[test]
    fn what_are_no_hours_is_said() {
        for (text, expected) in [
            ("Mon", "days and times"),
            ("Mo 09:00-10:00", "`Mo` is none of Mon, Tue"),
            ("Mon-Funday 09:00-10:00", "`Funday`"),
            ("Mon 9-10", "times are two"),
            ("Mon 09:00", "times are two"),
            ("Mon 25:00-26:00", "times are two"),
            ("Mon 09:00-09:60", "times are two"),
            ("Mon +9:00-10:00", "times are two"),
            ("Mon 24:00-24:00", "they end when"),
            ("Mon 09:00-09:00", "they end when"),
            ("Mon 24:00-01:00", "they end when"),
            ("", "days and times"),
        ] {
            let problem = Hours::try_from(text.to_owned()).unwrap_err();
            assert!(problem.contains(expected) && problem.ends_with("would be right"), "{problem}");
        }
    }
}
