//! Growing, jittered waits between attempts. Owns the current width.

use std::time::Duration;

use rand::Rng;

/// Doubles from `min` to `max`; each wait is a random part of the width, so that many bots do not return at once.
#[derive(Debug)]
pub(crate) struct Backoff {
    min: Duration,
    max: Duration,
    width: Duration,
}

impl Backoff {
    pub(crate) fn new(min: Duration, max: Duration) -> Self {
        Self { min, max, width: min }
    }

    /// The next wait: between half the width and the width.
    pub(crate) fn next(&mut self) -> Duration {
        let width = self.width;
        self.width = (width * 2).min(self.max);
        jitter(width)
    }

    /// Starts from the smallest width again: things went well.
    pub(super) fn reset(&mut self) {
        self.width = self.min;
    }
}

/// Between half of `width` and `width`.
pub(super) fn jitter(width: Duration) -> Duration {
    width.mul_f64(rand::rng().random_range(0.5..=1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_maximum_and_start_again() {
        let (min, max) = (Duration::from_secs(1), Duration::from_secs(5));
        let mut backoff = Backoff::new(min, max);
        for width in [1, 2, 4, 5, 5].map(Duration::from_secs) {
            let wait = backoff.next();
            assert!(wait >= width / 2 && wait <= width, "{wait:?} of {width:?}");
        }
        backoff.reset();
        assert!(backoff.next() <= min);
    }
}
