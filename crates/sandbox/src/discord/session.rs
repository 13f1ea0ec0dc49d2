//! A gateway session: its numbered events, kept for a RESUME. Owns the events of one session.

use std::collections::VecDeque;
use std::sync::Arc;

use tokio::sync::{Notify, mpsc};

use crate::bounds::SESSION_EVENTS;
use crate::faults::GatewayAction;

/// One identified session, connected or waiting for a RESUME.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) id: String,
    pub(crate) intents: u64,
    pub(crate) seq: u64,
    pub(crate) events: VecDeque<(u64, Arc<str>)>,
    /// Wakes the connection when there is something to send.
    pub(crate) wake: Arc<Notify>,
    /// The connection that carries it now: its number and the way to order faults.
    pub(crate) connection: Option<(u64, mpsc::Sender<GatewayAction>)>,
}

impl Session {
    /// Adds an event under the next number.
    pub(crate) fn push(&mut self, name: &str, data: &str) {
        self.seq += 1;
        let frame = format!(r#"{{"op":0,"s":{},"t":"{name}","d":{data}}}"#, self.seq);
        if self.events.len() >= SESSION_EVENTS {
            self.events.pop_front();
        }
        self.events.push_back((self.seq, Arc::from(frame)));
        self.wake.notify_one();
    }

    /// Whether everything after `seq` is still there.
    pub(crate) fn covers(&self, seq: u64) -> bool {
        seq == self.seq || self.events.front().is_some_and(|(first, _)| *first <= seq + 1)
    }

    /// The events after `seq`, a bounded number at a time.
    pub(crate) fn after(&self, seq: u64) -> Vec<(u64, Arc<str>)> {
        const BATCH: usize = 256;
        let Some((first, _)) = self.events.front() else {
            return Vec::new();
        };
        let skip = usize::try_from((seq + 1).saturating_sub(*first)).unwrap_or(usize::MAX);
        self.events.iter().skip(skip).take(BATCH).cloned().collect()
    }
}
