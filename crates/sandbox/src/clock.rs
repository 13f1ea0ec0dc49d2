//! The clock behind every rule that depends on time. Owns the offset and the pause that tests drive.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tokio::sync::watch;

/// The sandbox's time: real time until a test pauses or advances it. Clones share the same clock.
#[derive(Clone, Debug)]
pub struct Clock {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    state: Mutex<State>,
    changed: watch::Sender<u64>,
}

#[derive(Debug)]
struct State {
    /// Time on the clock at `since`, counted from the Unix epoch.
    base: Duration,
    since: Instant,
    paused: bool,
}

impl State {
    fn now(&self) -> Duration {
        if self.paused {
            self.base
        } else {
            self.base + self.since.elapsed()
        }
    }

    fn rebase(&mut self, paused: bool, by: Duration) {
        self.base = self.now() + by;
        self.since = Instant::now();
        self.paused = paused;
    }
}

impl Clock {
    pub(crate) fn new() -> Self {
        let base = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let state = State {
            base,
            since: Instant::now(),
            paused: false,
        };
        Self {
            inner: Arc::new(Inner {
                state: Mutex::new(state),
                changed: watch::Sender::new(0),
            }),
        }
    }

    /// Time since the Unix epoch on this clock.
    #[must_use]
    pub fn now(&self) -> Duration {
        self.inner
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .now()
    }

    /// Moves the clock forward at once; whatever became due happens.
    pub fn advance(&self, by: Duration) {
        self.change(|state| state.rebase(state.paused, by));
    }

    /// Stops the clock: from now on only [`Clock::advance`] moves it.
    pub fn pause(&self) {
        self.change(|state| state.rebase(true, Duration::ZERO));
    }

    /// Lets the clock run in real time again.
    pub fn resume(&self) {
        self.change(|state| state.rebase(false, Duration::ZERO));
    }

    /// Whether the clock stands still.
    #[must_use]
    pub fn is_paused(&self) -> bool {
        self.inner
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .paused
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.inner.state.lock().unwrap_or_else(PoisonError::into_inner));
        self.inner.changed.send_modify(|version| *version += 1);
    }

    pub(crate) fn now_ms(&self) -> u64 {
        u64::try_from(self.now().as_millis()).unwrap_or(u64::MAX)
    }

    /// Waits until this much time has passed on the clock. Cancel-safe.
    pub(crate) async fn sleep(&self, wait: Duration) {
        self.sleep_until(self.now().saturating_add(wait)).await;
    }

    /// Waits until the clock shows `due`. Cancel-safe.
    pub(crate) async fn sleep_until(&self, due: Duration) {
        let mut changed = self.inner.changed.subscribe();
        loop {
            changed.mark_unchanged();
            let (now, paused) = {
                let state = self.inner.state.lock().unwrap_or_else(PoisonError::into_inner);
                (state.now(), state.paused)
            };
            let Some(left) = due.checked_sub(now).filter(|left| !left.is_zero()) else {
                return;
            };
            tokio::select! {
                () = tokio::time::sleep(left), if !paused => {}
                _ = changed.changed() => {}
            }
        }
    }
}
