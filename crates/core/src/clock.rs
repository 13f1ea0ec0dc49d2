//! The time of day, in one place, so that tests can drive it. Owns nothing.

use std::sync::atomic::{AtomicI64, Ordering};

use tokio::time::Instant;

use crate::store::Timestamp;

/// Where the time of day comes from.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub enum Clock {
    /// The machine's clock.
    #[default]
    System,
    /// A time that goes on with tokio's clock, which tests can pause and drive. It does not see the machine's clock jump.
    Driven {
        /// The time that it was.
        began: Timestamp,
        /// When it was that.
        at: Instant,
    },
    /// What a test says, in milliseconds since the Unix epoch: a clock that jumps.
    Told(&'static AtomicI64),
}

impl Clock {
    /// A clock that goes on from a time with tokio's clock.
    #[must_use]
    pub fn driven(began: Timestamp) -> Self {
        let at = Instant::now();
        Self::Driven { began, at }
    }

    /// The time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        match self {
            Self::System => Timestamp::now(),
            Self::Driven { began, at } => began.plus(at.elapsed()),
            Self::Told(millis) => Timestamp(millis.load(Ordering::Relaxed)),
        }
    }
}
