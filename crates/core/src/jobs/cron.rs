//! Cron expressions with five fields, on the calendar of a time zone. Pure functions.

use std::fmt;
use std::str::FromStr;

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan, Zoned};

/// How many days are looked through for the next time: February 29th comes within eight years.
const DAYS: u32 = 366 * 9;

/// When something happens again and again: minute, hour, day of the month, month, day of the week.
///
/// Each field is `*`, a number, a range `1-5`, a list `1,3,5` or steps `*/15` and `8-18/2`; months and days of the week
/// can be the first three letters of their English names, and Sunday is 0 and 7. When both days are given either is
/// enough, as cron has always had it.
///
/// A time that a change of the clock leaves out comes at the same distance behind the gap; one that comes twice counts
/// the first time.
///
/// ```
/// use duologue_core::jobs::Cron;
/// use jiff::tz::TimeZone;
///
/// let cron: Cron = "30 8 * * mon-fri".parse()?;
/// let zone = TimeZone::get("Europe/Berlin")?;
/// let friday = "2026-11-27T08:30:00+01:00".parse()?;
/// assert_eq!(cron.next(friday, &zone).unwrap().to_string(), "2026-11-30T07:30:00Z");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cron {
    text: String,
    minutes: u64,
    hours: u64,
    days: u64,
    months: u64,
    weekdays: u64,
    /// Whether the days of the month and of the week are both given.
    either: bool,
}

/// What is wrong with an expression.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CronError {
    /// There are not five fields.
    #[error("a cron expression has five fields (minute, hour, day, month, weekday), not {0}")]
    Fields(usize),
    /// A field cannot be read.
    #[error(
        "{text:?} is no {field}: write * or numbers from {least} to {most}, such as {least}-{most}, {least},{most} or */2"
    )]
    Field {
        /// Which field.
        field: &'static str,
        /// What stands there.
        text: String,
        /// The least number there.
        least: u8,
        /// The most.
        most: u8,
    },
}

struct Field {
    name: &'static str,
    least: u8,
    most: u8,
    names: &'static [&'static str],
}

const MINUTE: Field = Field {
    name: "minute",
    least: 0,
    most: 59,
    names: &[],
};
const HOUR: Field = Field {
    name: "hour",
    least: 0,
    most: 23,
    names: &[],
};
const DAY: Field = Field {
    name: "day of the month",
    least: 1,
    most: 31,
    names: &[],
};
const MONTH: Field = Field {
    name: "month",
    least: 1,
    most: 12,
    names: &[
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ],
};
const WEEKDAY: Field = Field {
    name: "day of the week",
    least: 0,
    most: 7,
    names: &["sun", "mon", "tue", "wed", "thu", "fri", "sat"],
};

impl FromStr for Cron {
    type Err = CronError;

    fn from_str(text: &str) -> Result<Self, CronError> {
        let fields: Vec<&str> = text.split_whitespace().collect();
        let [minute, hour, day, month, weekday] = fields.as_slice() else {
            return Err(CronError::Fields(fields.len()));
        };
        let mut weekdays = WEEKDAY.read(weekday)?;
        // Sunday has two numbers.
        if weekdays & 1 << 7 != 0 {
            weekdays |= 1;
        }
        Ok(Self {
            minutes: MINUTE.read(minute)?,
            hours: HOUR.read(hour)?,
            days: DAY.read(day)?,
            months: MONTH.read(month)?,
            weekdays,
            either: !day.starts_with('*') && !weekday.starts_with('*'),
            text: fields.join(" "),
        })
    }
}

impl Field {
    /// The numbers of a field as bits.
    fn read(&self, text: &str) -> Result<u64, CronError> {
        let bad = || CronError::Field {
            field: self.name,
            text: text.to_owned(),
            least: self.least,
            most: self.most,
        };
        let mut bits = 0;
        for part in text.split(',') {
            let (range, step) = match part.split_once('/') {
                Some((range, step)) => (
                    range,
                    step.parse::<u8>().ok().filter(|step| *step > 0).ok_or_else(bad)?,
                ),
                None => (part, 1),
            };
            let (from, to) = match range.split_once('-') {
                _ if range == "*" => (self.least, self.most),
                Some((from, to)) => (
                    self.number(from).ok_or_else(bad)?,
                    self.number(to).ok_or_else(bad)?,
                ),
                None => {
                    let from = self.number(range).ok_or_else(bad)?;
                    // `5/15` is from 5 on.
                    (from, if step > 1 { self.most } else { from })
                }
            };
            if from > to {
                return Err(bad());
            }
            for number in (from..=to).step_by(step.into()) {
                bits |= 1 << number;
            }
        }
        Ok(bits)
    }

    fn number(&self, text: &str) -> Option<u8> {
        let named = self.names.iter().position(|name| name.eq_ignore_ascii_case(text));
        let number = match named {
            Some(place) => u8::try_from(place).ok()? + self.least,
            None => text.parse().ok()?,
        };
        (self.least..=self.most).contains(&number).then_some(number)
    }
}

impl Cron {
    /// The first time after another one; `None` for one that never comes, such as February 30th.
    #[must_use]
    pub fn next(&self, after: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let begin = after.to_zoned(zone.clone());
        let mut day = begin.date();
        for _ in 0..DAYS {
            if self.has_day(day) {
                let times =
                    bits(self.hours).flat_map(|hour| bits(self.minutes).map(move |minute| (hour, minute)));
                for (hour, minute) in times {
                    if let Some(at) = at(day, hour, minute, zone)
                        && at.timestamp() > after
                    {
                        return Some(at.timestamp());
                    }
                }
            }
            day = day.checked_add(1.day()).ok()?;
        }
        None
    }

    fn has_day(&self, date: Date) -> bool {
        let has = |bits: u64, number: i8| bits & 1 << number != 0;
        let day = has(self.days, date.day());
        let weekday = has(self.weekdays, date.weekday().to_sunday_zero_offset());
        let either = if self.either {
            day || weekday
        } else {
            day && weekday
        };
        has(self.months, date.month()) && either
    }
}

fn at(day: Date, hour: i8, minute: i8, zone: &TimeZone) -> Option<Zoned> {
    let time = Time::new(hour, minute, 0, 0).ok()?;
    day.to_datetime(time).to_zoned(zone.clone()).ok()
}

fn bits(bits: u64) -> impl Iterator<Item = i8> + Clone {
    (0..60).filter(move |number| bits & 1 << number != 0)
}

impl fmt::Display for Cron {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use jiff::tz::TimeZone;

    use super::{Cron, CronError};

    fn next(cron: &str, after: &str, zone: &str) -> Option<String> {
        let cron: Cron = cron.parse().unwrap();
        let zone = TimeZone::get(zone).unwrap();
        let after: Timestamp = after.parse().unwrap();
        cron.next(after, &zone).map(|next| next.to_string())
    }

    #[test]
    fn the_next_time_is_on_the_calendar_of_the_zone() {
        let table = [
            (
                "0 9 * * *",
                "2026-11-25T07:59:00Z",
                "Europe/Berlin",
                "2026-11-25T08:00:00Z",
            ),
            (
                "0 9 * * *",
                "2026-11-25T08:00:00Z",
                "Europe/Berlin",
                "2026-11-26T08:00:00Z",
            ),
            (
                "0 9 * * *",
                "2026-11-25T08:00:00Z",
                "America/New_York",
                "2026-11-25T14:00:00Z",
            ),
            (
                "*/15 * * * *",
                "2026-11-25T08:01:00Z",
                "UTC",
                "2026-11-25T08:15:00Z",
            ),
            (
                "0 0 1 jan *",
                "2026-11-25T08:00:00Z",
                "UTC",
                "2027-01-01T00:00:00Z",
            ),
            (
                "0 12 29 2 *",
                "2026-11-25T08:00:00Z",
                "UTC",
                "2028-02-29T12:00:00Z",
            ),
            (
                "0 8 * * sun",
                "2026-11-25T08:00:00Z",
                "UTC",
                "2026-11-29T08:00:00Z",
            ),
            ("0 8 * * 7", "2026-11-25T08:00:00Z", "UTC", "2026-11-29T08:00:00Z"),
            // Either day is enough: the 1st is a Tuesday, the Friday before comes first.
            (
                "0 8 1 * fri",
                "2026-11-25T09:00:00Z",
                "UTC",
                "2026-11-27T08:00:00Z",
            ),
        ];
        for (cron, after, zone, expected) in table {
            assert_eq!(
                next(cron, after, zone).as_deref(),
                Some(expected),
                "{cron} after {after} in {zone}"
            );
        }
        assert_eq!(next("0 0 30 2 *", "2026-11-25T08:00:00Z", "UTC"), None);
    }

    #[test]
    fn a_change_of_the_clock_neither_leaves_a_time_out_nor_has_it_twice() {
        // 2:30 does not exist on that night: it comes at 3:30.
        let spring = next("30 2 * * *", "2026-03-28T02:00:00Z", "Europe/Berlin");
        assert_eq!(spring.as_deref(), Some("2026-03-29T01:30:00Z"));
        // 2:30 comes twice on that night: the first one counts, and the next is a day later.
        let autumn = next("30 2 * * *", "2026-10-24T02:00:00Z", "Europe/Berlin");
        assert_eq!(autumn.as_deref(), Some("2026-10-25T00:30:00Z"));
        let after = next("30 2 * * *", "2026-10-25T00:30:00Z", "Europe/Berlin");
        assert_eq!(after.as_deref(), Some("2026-10-26T01:30:00Z"));
    }

    #[test]
    fn what_is_wrong_is_named_with_its_field() {
        assert_eq!("* * * *".parse::<Cron>(), Err(CronError::Fields(4)));
        for (cron, field) in [
            ("60 * * * *", "minute"),
            ("* 24 * * *", "hour"),
            ("* * 0 * *", "day of the month"),
            ("* * * smarch *", "month"),
            ("* * * * 8", "day of the week"),
            ("*/0 * * * *", "minute"),
            ("5-1 * * * *", "minute"),
        ] {
            let error = cron.parse::<Cron>().unwrap_err();
            assert!(
                matches!(&error, CronError::Field { field: found, .. } if *found == field),
                "{cron}: {error}"
            );
        }
    }
}
