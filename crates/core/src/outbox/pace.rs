//! How fast one chat may be spoken to: a token bucket fed by the network's figures. Pure arithmetic on instants.

use tokio::time::Instant;

use crate::capabilities::Rate;

/// So many at once, and then one per interval (the generic cell rate algorithm: one instant is the whole state).
#[derive(Clone, Debug)]
pub(crate) struct Bucket {
    rate: Rate,
    /// When the bucket is full again.
    full_at: Instant,
}

impl Bucket {
    pub(crate) fn new(rate: Rate, now: Instant) -> Self {
        Self { rate, full_at: now }
    }

    /// When the next one may go; not after `now` means at once.
    pub(crate) fn ready_at(&self, now: Instant) -> Instant {
        let Some(tolerance) = self.rate.interval.checked_mul(self.rate.burst.saturating_sub(1)) else {
            return now;
        };
        self.full_at.checked_sub(tolerance).map_or(now, |at| at.max(now))
    }

    /// Counts one that goes.
    pub(crate) fn take(&mut self, now: Instant) {
        self.full_at = self.full_at.max(now) + self.rate.interval;
    }

    /// Whether it has forgotten all that went before.
    pub(crate) fn is_full(&self, now: Instant) -> bool {
        self.full_at <= now
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::Instant;

    use super::Bucket;
    use crate::capabilities::Rate;

    #[test]
    fn a_burst_goes_at_once_and_then_one_per_interval() {
        let start = Instant::now();
        let second = Duration::from_secs(1);
        let mut bucket = Bucket::new(
            Rate {
                burst: 3,
                interval: second,
            },
            start,
        );
        for _ in 0..3 {
            assert_eq!(bucket.ready_at(start), start);
            bucket.take(start);
        }
        assert_eq!(bucket.ready_at(start), start + second);
        assert_eq!(bucket.ready_at(start + 2 * second), start + 2 * second);
        assert!(!bucket.is_full(start + 2 * second));
        assert!(bucket.is_full(start + 3 * second));
    }

    #[test]
    fn no_limit_never_waits() {
        let start = Instant::now();
        let mut bucket = Bucket::new(Rate::UNLIMITED, start);
        for _ in 0..10_000 {
            assert_eq!(bucket.ready_at(start), start);
            bucket.take(start);
        }
    }
}
