//! How far a task is, and what follows from it: the rate and the time that is left. Pure arithmetic on instants.

use std::time::Duration;

use smol_str::SmolStr;
use tokio::time::Instant;

/// How far a task is.
///
/// ```
/// use duologue_core::{Progress, Unit};
///
/// let progress = Progress::new(3, 12).unit(Unit::named("pages")).text("reading the index");
/// assert_eq!(progress.fraction(), Some(0.25));
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Progress {
    /// How much is done, in units.
    pub done: u64,
    /// How much there is to do, where that is known.
    pub of: Option<u64>,
    /// What is counted.
    pub unit: Unit,
    /// What is being done, in a few words.
    pub text: SmolStr,
}

/// What is counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Unit {
    /// Nothing that has a name: the numbers mean something to the program alone, and a share is shown.
    #[default]
    Share,
    /// Bytes.
    Bytes,
    /// Things with a name in the plural, such as `pages`.
    Named(SmolStr),
}

impl Unit {
    /// Things with a name in the plural.
    #[must_use]
    pub fn named(name: impl Into<SmolStr>) -> Self {
        Self::Named(name.into())
    }
}

impl Progress {
    /// So much of so much.
    #[must_use]
    pub fn new(done: u64, of: u64) -> Self {
        Self {
            done,
            of: Some(of),
            ..Self::default()
        }
    }

    /// So much, of nobody knows how much.
    #[must_use]
    pub fn count(done: u64) -> Self {
        Self {
            done,
            ..Self::default()
        }
    }

    /// In this unit.
    #[must_use]
    pub fn unit(mut self, unit: Unit) -> Self {
        self.unit = unit;
        self
    }

    /// With words for what is being done.
    #[must_use]
    pub fn text(mut self, text: impl Into<SmolStr>) -> Self {
        self.text = text.into();
        self
    }

    /// The part that is done, from 0 to 1; `None` where it is unknown how much there is.
    #[must_use]
    pub fn fraction(&self) -> Option<f64> {
        let of = self.of.filter(|of| *of > 0)?;
        Some((self.done as f64 / of as f64).min(1.0))
    }
}

/// How long the rate looks back: long enough to be calm, short enough to notice a change.
const MEMORY: Duration = Duration::from_secs(4);

/// The shortest stretch that a rate is taken from.
const SAMPLE: Duration = Duration::from_millis(200);

/// The newest progress of a task with the rate that its history shows.
#[derive(Clone, Debug, Default)]
pub(crate) struct Meter {
    progress: Option<Progress>,
    sample: Option<(Instant, u64)>,
    /// Units per second.
    rate: Option<f64>,
}

impl Meter {
    pub(crate) fn set(&mut self, progress: Progress, now: Instant) {
        match self.sample {
            Some((_, before)) if progress.done < before => {
                // Another stage, which counts anew.
                self.rate = None;
                self.sample = Some((now, progress.done));
            }
            Some((at, before)) if now - at >= SAMPLE => {
                let stretch = (now - at).as_secs_f64();
                let rate = (progress.done - before) as f64 / stretch;
                let weight = (-stretch / MEMORY.as_secs_f64()).exp();
                self.rate = Some(self.rate.map_or(rate, |old| old * weight + rate * (1.0 - weight)));
                self.sample = Some((now, progress.done));
            }
            Some(_) => {}
            None => self.sample = Some((now, progress.done)),
        }
        self.progress = Some(progress);
    }

    pub(crate) fn progress(&self) -> Option<&Progress> {
        self.progress.as_ref()
    }

    /// Units per second, once there is a history.
    pub(crate) fn rate(&self) -> Option<f64> {
        self.rate.filter(|rate| *rate > 0.0)
    }

    /// How long it will take at this rate.
    pub(crate) fn left(&self) -> Option<Duration> {
        let progress = self.progress.as_ref()?;
        let left = progress.of?.saturating_sub(progress.done);
        Duration::try_from_secs_f64(left as f64 / self.rate()?).ok()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::Instant;

    use super::{Meter, Progress};

    #[test]
    fn a_steady_pace_gives_its_rate_and_the_time_left() {
        let (mut meter, start) = (Meter::default(), Instant::now());
        for second in 0..=5 {
            meter.set(
                Progress::new(second * 10, 100),
                start + Duration::from_secs(second),
            );
        }
        assert!((meter.rate().unwrap() - 10.0).abs() < 1e-9);
        assert_eq!(meter.left(), Some(Duration::from_secs(5)));
    }

    #[test]
    fn news_in_quick_succession_is_one_sample() {
        let (mut meter, start) = (Meter::default(), Instant::now());
        for step in 0..1000 {
            meter.set(Progress::count(step), start + Duration::from_micros(step));
        }
        assert_eq!(meter.rate(), None);
        assert_eq!(meter.progress().unwrap().done, 999);
    }

    #[test]
    fn a_stage_that_counts_anew_forgets_the_old_rate() {
        let (mut meter, start) = (Meter::default(), Instant::now());
        meter.set(Progress::new(0, 100), start);
        meter.set(Progress::new(100, 100), start + Duration::from_secs(1));
        meter.set(Progress::new(0, 7), start + Duration::from_secs(2));
        assert_eq!((meter.rate(), meter.left()), (None, None));
    }

    #[test]
    fn nothing_to_do_has_no_share() {
        assert_eq!(Progress::new(0, 0).fraction(), None);
        assert_eq!(Progress::new(9, 3).fraction(), Some(1.0));
    }
}
