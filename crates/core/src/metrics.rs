//! What a running bot counts, for whoever looks after it. The counters belong to the engine's parts; what is read of
//! them is plain data.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::Instant;

use crate::error::{SendError, SendErrorKind};
use crate::id::NetworkId;
use crate::inbox::{Admission, SourceStatus};
use crate::task::LaneLoad;

/// The upper bounds of the steps in which times are counted, in seconds.
pub const LATENCY_STEPS: [f64; 12] = [
    0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0,
];

/// What a bot has counted since it began, and how full it is now.
#[derive(Clone, Debug, PartialEq)]
pub struct Metrics {
    /// By network, in the order of their adapters.
    pub networks: Vec<NetworkMetrics>,
    /// How turns ended.
    pub turns: TurnMetrics,
    /// Events that wait for their turn.
    pub waiting: usize,
    /// How full the lanes of tasks are: async, blocking, process.
    pub lanes: [LaneLoad; 3],
    /// How late the runtime's timers were, all that were late by half a second or more together: a thread of it was
    /// blocked, or the machine had no time for it.
    pub late: Duration,
    /// What the store does, where there is one that outlives the process.
    pub store: Option<StoreMetrics>,
}

/// What a store that outlives the process does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoreMetrics {
    /// Ends of turns that were kept.
    pub commits: u64,
    /// Operations that failed.
    pub faults: u64,
    /// What is wrong with it now; nothing is confirmed to the networks until that is mended.
    pub trouble: Option<String>,
    /// Events that wait in it.
    pub waiting: u64,
}

/// What one network has counted.
#[derive(Clone, Debug, PartialEq)]
pub struct NetworkMetrics {
    /// The network.
    pub network: NetworkId,
    /// How it is.
    pub status: SourceStatus,
    /// Since when it is like this.
    pub status_for: Duration,
    /// Since an event last arrived; `None` before the first one.
    pub silent_for: Option<Duration>,
    /// Since the network last answered, with news or without: to a poll, or to a heartbeat. `None` before the first time,
    /// and for sources that do not tell.
    pub unheard_for: Option<Duration>,
    /// What became of the events that were offered.
    pub events: EventMetrics,
    /// What became of the actions that were to be sent.
    pub sends: SendMetrics,
    /// Actions that wait to be sent or are on their way.
    pub unsent: usize,
    /// From the receipt of an event to the confirmation of the first answer to it.
    pub answers: Histogram,
}

/// What became of the events that a network offered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EventMetrics {
    /// Taken.
    pub accepted: u64,
    /// Recognized as a second delivery.
    pub duplicate: u64,
    /// Not taken as there was no room: the network was asked to wait.
    pub busy: u64,
    /// Turned away with a word, as their conversation was over its bound.
    pub shed: u64,
}

/// What became of actions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SendMetrics {
    /// Sent.
    pub sent: u64,
    /// Not sent.
    pub not_sent: u64,
    /// Nobody knows.
    pub unknown: u64,
    /// Calls that were made again.
    pub retries: u64,
}

/// How turns ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TurnMetrics {
    /// With an answer, or without anything to say.
    pub done: u64,
    /// With an error of the handler.
    pub failed: u64,
    /// With a panic of the handler.
    pub panicked: u64,
    /// At their deadline.
    pub timed_out: u64,
}

/// Times, counted in steps.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Histogram {
    /// How many were at most as long as each of [`LATENCY_STEPS`]; the last one counts all longer ones.
    pub steps: [u64; LATENCY_STEPS.len() + 1],
    /// All of them together.
    pub sum: Duration,
}

impl Histogram {
    /// How many times were counted.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.steps.iter().sum()
    }
}

/// A counter. It only grows.
#[derive(Debug, Default)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    pub(crate) fn one(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn add(&self, more: u64) {
        self.0.fetch_add(more, Ordering::Relaxed);
    }

    fn read(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// What an adapter's inbox counts.
#[derive(Debug)]
pub(crate) struct EventCounters {
    began: Instant,
    /// When an event last arrived, in microseconds after the beginning; 0 is never.
    heard: AtomicU64,
    /// When the network last answered, counted alike.
    alive: AtomicU64,
    /// Whether a silence of it is one to be ended.
    watched: AtomicBool,
    accepted: Counter,
    duplicate: Counter,
    busy: Counter,
    shed: Counter,
}

impl EventCounters {
    pub(crate) fn new() -> Self {
        Self {
            began: Instant::now(),
            heard: AtomicU64::new(0),
            alive: AtomicU64::new(0),
            watched: AtomicBool::new(false),
            accepted: Counter::default(),
            duplicate: Counter::default(),
            busy: Counter::default(),
            shed: Counter::default(),
        }
    }

    /// How long no event has arrived; `None` before the first one.
    pub(crate) fn silent_for(&self) -> Option<Duration> {
        self.since(&self.heard)
    }

    /// How long the network has not answered; `None` before the first time.
    pub(crate) fn unheard_for(&self) -> Option<Duration> {
        self.since(&self.alive)
    }

    fn since(&self, at: &AtomicU64) -> Option<Duration> {
        let at = at.load(Ordering::Relaxed);
        (at > 0).then(|| self.began.elapsed().saturating_sub(Duration::from_micros(at)))
    }

    fn note(&self, at: &AtomicU64) {
        let now = u64::try_from(self.began.elapsed().as_micros()).unwrap_or(u64::MAX);
        at.store(now.max(1), Ordering::Relaxed);
    }

    pub(crate) fn alive(&self) {
        self.note(&self.alive);
        self.watched.store(true, Ordering::Relaxed);
    }

    pub(crate) fn beats(&self) {
        self.note(&self.alive);
    }

    /// Whether a silence is one to be ended, as the source has told of answers and does not end it itself.
    pub(crate) fn watched(&self) -> bool {
        self.watched.load(Ordering::Relaxed)
    }

    pub(crate) fn count(&self, admission: &Admission) {
        self.note(&self.heard);
        match admission {
            Admission::Accepted => self.accepted.one(),
            Admission::Duplicate => self.duplicate.one(),
            Admission::Busy(_) => self.busy.one(),
            Admission::Shed => self.shed.one(),
            Admission::Stopping(_) => {}
        }
    }

    /// Counts events that were not taken.
    pub(crate) fn refused(&self, events: usize) {
        self.busy.add(events as u64);
    }

    pub(crate) fn read(&self) -> EventMetrics {
        EventMetrics {
            accepted: self.accepted.read(),
            duplicate: self.duplicate.read(),
            busy: self.busy.read(),
            shed: self.shed.read(),
        }
    }
}

/// What an outbox counts.
#[derive(Debug, Default)]
pub(crate) struct SendCounters {
    sent: Counter,
    not_sent: Counter,
    unknown: Counter,
    pub(crate) retries: Counter,
    answers: Times,
}

impl SendCounters {
    pub(crate) fn ended(&self, result: &Result<(), SendError>) {
        match result {
            Ok(()) => self.sent.one(),
            Err(error) if matches!(error.kind, SendErrorKind::Unknown(_)) => self.unknown.one(),
            Err(_) => self.not_sent.one(),
        }
    }

    pub(crate) fn answered(&self, after: Duration) {
        self.answers.count(after);
    }

    pub(crate) fn read(&self) -> (SendMetrics, Histogram) {
        let sends = SendMetrics {
            sent: self.sent.read(),
            not_sent: self.not_sent.read(),
            unknown: self.unknown.read(),
            retries: self.retries.read(),
        };
        (sends, self.answers.read())
    }
}

/// What the executor counts.
#[derive(Debug, Default)]
pub(crate) struct TurnCounters {
    pub(crate) done: Counter,
    pub(crate) failed: Counter,
    pub(crate) panicked: Counter,
    pub(crate) timed_out: Counter,
}

impl TurnCounters {
    pub(crate) fn read(&self) -> TurnMetrics {
        TurnMetrics {
            done: self.done.read(),
            failed: self.failed.read(),
            panicked: self.panicked.read(),
            timed_out: self.timed_out.read(),
        }
    }
}

#[derive(Debug, Default)]
struct Times {
    steps: [Counter; LATENCY_STEPS.len() + 1],
    micros: AtomicU64,
}

impl Times {
    fn count(&self, time: Duration) {
        let seconds = time.as_secs_f64();
        let step = LATENCY_STEPS.iter().position(|step| seconds <= *step);
        self.steps[step.unwrap_or(LATENCY_STEPS.len())].one();
        let micros = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        self.micros.fetch_add(micros, Ordering::Relaxed);
    }

    fn read(&self) -> Histogram {
        Histogram {
            steps: std::array::from_fn(|step| self.steps[step].read()),
            sum: Duration::from_micros(self.micros.load(Ordering::Relaxed)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{LATENCY_STEPS, Times};

    #[test]
    fn a_time_is_counted_in_the_first_step_that_it_fits() {
        let times = Times::default();
        for millis in [0, 5, 6, 30_000, 30_001, 99_999] {
            times.count(Duration::from_millis(millis));
        }
        let read = times.read();
        assert_eq!(read.steps[0], 2);
        assert_eq!(read.steps[1], 1);
        assert_eq!(read.steps[LATENCY_STEPS.len() - 1], 1);
        assert_eq!(read.steps[LATENCY_STEPS.len()], 2);
        assert_eq!(read.count(), 6);
        assert_eq!(read.sum, Duration::from_millis(160_011));
    }
}
