//! When a job is due, and when again. Pure data and functions.

use std::time::Duration;

use jiff::tz::TimeZone;

use super::cron::{Cron, CronError};
use crate::store::{Missed, Timestamp};

/// The shortest interval: what comes more often is no job but a loop.
pub const SHORTEST_INTERVAL: Duration = Duration::from_secs(60);

/// When a job is due.
#[derive(Clone, Debug, PartialEq)]
pub enum Schedule {
    /// Once.
    Once(Timestamp),
    /// Every so often, from a time on.
    Every {
        /// The first time.
        first: Timestamp,
        /// The interval, at least [`SHORTEST_INTERVAL`].
        interval: Duration,
    },
    /// By the calendar of a time zone, with daylight saving.
    Cron {
        /// When.
        cron: Cron,
        /// The name of the zone, such as `Europe/Berlin`.
        zone: String,
    },
}

/// Why there is no schedule.
#[derive(Debug, thiserror::Error)]
pub enum ScheduleError {
    /// The expression cannot be read.
    #[error(transparent)]
    Cron(#[from] CronError),
    /// The interval is too short.
    #[error("every {} s is too often: the shortest interval is a minute", .0.as_secs())]
    TooOften(Duration),
    /// There is no such time zone.
    #[error("there is no time zone {0:?}")]
    Zone(String),
    /// It never comes.
    #[error("there is no such day")]
    Never,
    /// What was stored cannot be read.
    #[error("the repetition {0:?} cannot be read")]
    Unreadable(String),
}

impl Schedule {
    /// When it is due for the first time, at `now` or later.
    ///
    /// # Errors
    ///
    /// What makes it no schedule.
    pub fn first(&self, now: Timestamp) -> Result<Timestamp, ScheduleError> {
        match self {
            Self::Once(at) => Ok(*at),
            Self::Every { interval, .. } if *interval < SHORTEST_INTERVAL => {
                Err(ScheduleError::TooOften(*interval))
            }
            Self::Every { first, .. } => Ok(*first),
            Self::Cron { cron, zone } => next_of(cron, zone, now)?.ok_or(ScheduleError::Never),
        }
    }

    /// What the store keeps of it: when it is due again.
    #[must_use]
    pub fn repeat(&self) -> Option<String> {
        match self {
            Self::Once(_) => None,
            Self::Every { interval, .. } => Some(format!("every {} s", interval.as_secs())),
            Self::Cron { cron, zone } => Some(format!("cron {cron} in {zone}")),
        }
    }
}

/// When a job is due again, of what the store has kept; `None` where that is never.
pub(crate) fn again(
    repeat: &str,
    due: Timestamp,
    now: Timestamp,
    missed: Missed,
) -> Result<Option<Timestamp>, ScheduleError> {
    let unreadable = || ScheduleError::Unreadable(repeat.to_owned());
    // Each time that was missed has its turn; otherwise only those to come.
    let after = match missed {
        Missed::Each => due,
        _ => due.max(now),
    };
    if let Some(rest) = repeat.strip_prefix("every ") {
        let seconds: u64 = rest.trim_end_matches(" s").parse().map_err(|_| unreadable())?;
        let interval = i64::try_from(seconds)
            .unwrap_or(i64::MAX)
            .saturating_mul(1000)
            .max(1000);
        let passed = after.0.saturating_sub(due.0) / interval;
        let next = due.0.saturating_add(interval.saturating_mul(passed + 1));
        return Ok(Some(Timestamp(next)));
    }
    let rest = repeat.strip_prefix("cron ").ok_or_else(unreadable)?;
    let (cron, zone) = rest.rsplit_once(" in ").ok_or_else(unreadable)?;
    next_of(&cron.parse()?, zone, after)
}

fn next_of(cron: &Cron, zone: &str, after: Timestamp) -> Result<Option<Timestamp>, ScheduleError> {
    let zone = TimeZone::get(zone).map_err(|_| ScheduleError::Zone(zone.to_owned()))?;
    let after = jiff::Timestamp::from_millisecond(after.0).map_err(|_| ScheduleError::Never)?;
    Ok(cron
        .next(after, &zone)
        .map(|next| Timestamp(next.as_millisecond())))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Schedule, ScheduleError, again};
    use crate::store::{Missed, Timestamp};

    const HOUR: i64 = 3_600_000;

    #[test]
    fn an_interval_keeps_its_beat_and_leaves_out_or_makes_up_what_was_missed() {
        let next = |due: i64, now: i64, missed| {
            again("every 3600 s", Timestamp(due), Timestamp(now), missed)
                .unwrap()
                .unwrap()
                .0
        };
        assert_eq!(next(HOUR, HOUR + 5, Missed::Once), 2 * HOUR);
        assert_eq!(next(HOUR, 10 * HOUR + 5, Missed::Once), 11 * HOUR);
        assert_eq!(next(HOUR, 10 * HOUR + 5, Missed::Skip), 11 * HOUR);
        assert_eq!(next(HOUR, 10 * HOUR + 5, Missed::Each), 2 * HOUR);
    }

    #[test]
    fn what_is_kept_of_a_schedule_gives_the_same_times() {
        let zone = "Europe/Berlin".to_owned();
        let cron = Schedule::Cron {
            cron: "30 8 * * 1-5".parse().unwrap(),
            zone,
        };
        let first = cron.first(Timestamp(0)).unwrap();
        let kept = cron.repeat().unwrap();
        let second = again(&kept, first, first, Missed::Once).unwrap().unwrap();
        assert_eq!(second.since(first), Duration::from_secs(24 * 3600));
        assert!(matches!(
            again("nonsense", first, first, Missed::Once),
            Err(ScheduleError::Unreadable(_))
        ));
    }

    #[test]
    fn what_is_no_schedule_is_an_error() {
        let often = Schedule::Every {
            first: Timestamp(0),
            interval: Duration::from_secs(1),
        };
        assert!(matches!(
            often.first(Timestamp(0)),
            Err(ScheduleError::TooOften(_))
        ));
        let nowhere = Schedule::Cron {
            cron: "0 0 * * *".parse().unwrap(),
            zone: "Atlantis/Capital".to_owned(),
        };
        assert!(matches!(nowhere.first(Timestamp(0)), Err(ScheduleError::Zone(_))));
    }
}
