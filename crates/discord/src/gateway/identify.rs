//! When the bot may IDENTIFY: Discord's daily budget and the gap between two. Owns the time of the last one.
//!
//! More than the daily number of IDENTIFYs (1,000 as a rule) makes Discord reset the token, so the last part of the
//! budget is never spent. Source: discord-api-docs, events/gateway, "Session start limit object".

use std::time::Duration;

use tokio::time::Instant;

/// The part of the daily budget that is kept: one in this many.
const RESERVE: u64 = 20;

/// What `GET /gateway/bot` says.
#[derive(Clone, Debug)]
pub(crate) struct Located {
    /// The gateway's address, not yet checked.
    pub(crate) url: String,
    /// The budget, if the server has one.
    pub(crate) limit: Option<StartLimit>,
}

/// The budget of IDENTIFYs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StartLimit {
    pub(crate) total: u64,
    pub(crate) remaining: u64,
    pub(crate) reset_after: Duration,
}

impl StartLimit {
    /// How long to wait before an IDENTIFY, if the rest of the budget must be kept.
    pub(super) fn wait(&self) -> Option<Duration> {
        (self.remaining <= self.total / RESERVE).then_some(self.reset_after)
    }
}

/// Keeps the gap between two IDENTIFYs.
#[derive(Debug, Default)]
pub(super) struct Pace {
    next: Option<Instant>,
}

impl Pace {
    /// When the next IDENTIFY may be sent.
    pub(super) fn next(&self) -> Instant {
        self.next.unwrap_or_else(Instant::now)
    }

    /// Notes that one is being sent now.
    pub(super) fn spend(&mut self, gap: Duration) {
        self.next = Some(Instant::now() + gap);
    }

    /// Delays the next one, as Discord asks for after it refused a session.
    pub(super) fn delay(&mut self, by: Duration) {
        self.next = Some(self.next().max(Instant::now() + by));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_part_of_the_budget_is_kept() {
        let limit = |remaining| StartLimit {
            total: 1000,
            remaining,
            reset_after: Duration::from_secs(60),
        };
        assert_eq!(limit(51).wait(), None);
        assert_eq!(limit(50).wait(), Some(Duration::from_secs(60)));
        assert_eq!(
            StartLimit {
                total: 1,
                remaining: 1,
                reset_after: Duration::ZERO
            }
            .wait(),
            None
        );
    }
}
