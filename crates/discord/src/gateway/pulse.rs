//! Whether the shard's loop is alive: it is polled, or it spins inside one poll, or nothing happens at all.
//! Owns the counters that the shard's thread writes and the supervisor reads.
//!
//! serenity's loop does not say any of this. A healthy loop is polled at least twice a second (it waits for messages
//! with a timeout of 500 ms). After some endings it loops without ever yielding, inside one poll; only a send that
//! fails ends that, so the supervisor sends a ping, and only then: pings count as sends to Discord (120 a minute).

use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// The counters of one attempt.
#[derive(Debug, Default)]
pub(crate) struct Pulse {
    polls: AtomicU64,
    inside: AtomicBool,
}

/// What one look at the counters tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Beat {
    /// The loop was polled since the last look.
    Alive,
    /// One poll has lasted since the last look.
    Spinning,
    /// The loop waits and was not woken since the last look.
    Quiet,
}

impl Pulse {
    /// Runs `future` and counts its polls.
    pub(crate) async fn count<F: Future>(&self, future: F) -> F::Output {
        let mut future = pin!(future);
        std::future::poll_fn(|cx| {
            self.polls.fetch_add(1, Ordering::Relaxed);
            self.inside.store(true, Ordering::Relaxed);
            let polled = future.as_mut().poll(cx);
            self.inside.store(false, Ordering::Relaxed);
            polled
        })
        .await
    }

    /// Compares with the count of the last look, which it replaces.
    pub(crate) fn look(&self, last: &mut u64) -> Beat {
        let polls = self.polls.load(Ordering::Relaxed);
        let beat = if polls != *last {
            Beat::Alive
        } else if self.inside.load(Ordering::Relaxed) {
            Beat::Spinning
        } else {
            Beat::Quiet
        };
        *last = polls;
        beat
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_look_tells_work_from_silence() {
        let pulse = Pulse::default();
        let mut last = 0;
        assert_eq!(pulse.look(&mut last), Beat::Quiet);
        pulse
            .count(async { assert_eq!(pulse.look(&mut last), Beat::Alive) })
            .await;
        pulse.count(std::future::ready(())).await;
        pulse.look(&mut last);
        assert_eq!(pulse.look(&mut last), Beat::Quiet);
        pulse
            .count(async {
                pulse.look(&mut last);
                assert_eq!(pulse.look(&mut last), Beat::Spinning);
            })
            .await;
    }
}
