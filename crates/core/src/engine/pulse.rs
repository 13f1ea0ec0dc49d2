//! Whether the runtime can keep time: a thread of it that is blocked, or a machine that has no time for it, shows as a
//! timer that is late. Owns nothing but the count.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::Shared;

/// Between two beats.
const BEAT: Duration = Duration::from_secs(1);

/// A beat that is later than this is told of.
const LATE: Duration = Duration::from_millis(500);

/// How late timers were.
#[derive(Debug, Default)]
pub(crate) struct Pulse {
    late_micros: AtomicU64,
}

impl Pulse {
    /// How late all timers were together that were late enough to be told of.
    pub(crate) fn late(&self) -> Duration {
        Duration::from_micros(self.late_micros.load(Ordering::Relaxed))
    }
}

/// Looks at the clock again and again until it is stopped.
pub(super) async fn run(shared: Arc<Shared>, stop: CancellationToken) {
    loop {
        let due = Instant::now() + BEAT;
        tokio::select! {
            () = tokio::time::sleep_until(due) => {}
            () = stop.cancelled() => return,
        }
        let late = due.elapsed();
        if late > LATE {
            let micros = u64::try_from(late.as_micros()).unwrap_or(u64::MAX);
            shared.pulse.late_micros.fetch_add(micros, Ordering::Relaxed);
            tracing::warn!(
                late_ms = late.as_millis(),
                "the runtime was late: a handler blocks its thread (move such work into a task of the blocking or process \
                 lane), or the machine is too busy"
            );
        }
    }
}
