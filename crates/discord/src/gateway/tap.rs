//! The in-order hook in the shard's loop: counts sequence numbers, converts each event by reference and hands it to
//! the bounded queue. Owns the tally of what was handed over.
//!
//! serenity's collector runs inside the loop that also answers heartbeats, so it never waits: a full queue cuts the
//! connection, and what was not handed over is replayed by RESUME. It does not see sequence numbers; counting them is
//! exact, because READY is number 1 and each later dispatch, RESUMED and unknown ones included, is one more.

use std::sync::{Arc, Mutex, MutexGuard};

use serenity::model::event::Event;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::State;
use super::address::AddressPolicy;
use super::session::Session;

/// Turns a dispatched event into what the queue carries, or nothing if nobody asks for it. Runs on the shard's thread.
/// Gets the event, its place and the session's id.
pub(crate) type Convert<T> = Arc<dyn Fn(&Event, Place, &str) -> Option<T> + Send + Sync>;

/// One converted event with its place in the session.
#[derive(Debug)]
pub(crate) struct Item<T> {
    pub(crate) place: Place,
    pub(crate) value: T,
}

/// Where an event stands: which session of this process, and its number there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    epoch: u32,
    pub(crate) seq: u64,
}

/// The state that outlives one connection. Shared by the taps of all attempts and the supervisor.
pub(crate) struct Taps<T> {
    convert: Convert<T>,
    queue: mpsc::Sender<Item<T>>,
    policy: AddressPolicy,
    state: watch::Sender<State>,
    tally: Mutex<Tally>,
}

#[derive(Debug, Default)]
struct Tally {
    session: Option<Known>,
    /// Grows with each new session.
    epoch: u32,
    /// Whether READY or RESUMED came since the attempt began.
    ready: bool,
    /// Set when the queue was full: the rest of this attempt is ignored.
    cut: bool,
    /// When the last event came.
    heard: Option<Instant>,
}

#[derive(Debug)]
struct Known {
    id: String,
    resume_url: Option<String>,
    /// The number of the last event seen on the current connection.
    count: u64,
    /// The highest number that was handed over; lower ones are replays.
    handed: u64,
    /// The highest number the consumer is done with.
    processed: u64,
}

/// What the supervisor sees of an attempt.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Progress {
    pub(crate) ready: bool,
    pub(crate) heard: Option<Instant>,
}

/// Why locking cannot fail here.
const NO_PANIC_INSIDE: &str = "nothing panics while the tally is locked";

impl<T> Taps<T> {
    pub(crate) fn new(
        convert: Convert<T>,
        queue: mpsc::Sender<Item<T>>,
        policy: AddressPolicy,
        state: watch::Sender<State>,
    ) -> Self {
        Self {
            convert,
            queue,
            policy,
            state,
            tally: Mutex::default(),
        }
    }

    /// Begins an attempt, and says which session it should resume, from the last event that was handed over.
    pub(crate) fn begin(&self) -> Option<Session> {
        let mut tally = self.tally();
        tally.ready = false;
        tally.cut = false;
        tally.heard = None;
        let known = tally.session.as_mut()?;
        known.count = known.handed;
        Some(Session {
            id: known.id.clone(),
            seq: known.handed,
            resume_url: known.resume_url.clone(),
        })
    }

    /// Takes over a session, from an earlier process or from a probe.
    pub(crate) fn adopt(&self, session: Session) {
        let mut tally = self.tally();
        tally.epoch += 1;
        tally.session = Some(Known {
            id: session.id,
            resume_url: session.resume_url.filter(|url| self.policy.check(url).is_ok()),
            count: session.seq,
            handed: session.seq,
            processed: session.seq,
        });
    }

    /// Forgets the session: the next attempt identifies.
    pub(crate) fn forget(&self) {
        self.tally().session = None;
    }

    /// Stops using the session's own host: it did not answer.
    pub(crate) fn forget_resume_url(&self) {
        if let Some(known) = &mut self.tally().session {
            known.resume_url = None;
        }
    }

    /// Notes that everything up to here is done with.
    pub(crate) fn processed(&self, place: Place) {
        let mut tally = self.tally();
        if tally.epoch == place.epoch
            && let Some(known) = &mut tally.session
        {
            known.processed = known.processed.max(place.seq);
        }
    }

    /// The session as the next process should resume it behind a place, where it is the same one.
    pub(crate) fn session(&self, place: Place) -> Option<Session> {
        let tally = self.tally();
        let known = tally.session.as_ref().filter(|_| tally.epoch == place.epoch)?;
        Some(Session {
            id: known.id.clone(),
            seq: place.seq,
            resume_url: known.resume_url.clone(),
        })
    }

    /// The session as the next process should resume it: from the last event that was processed.
    pub(crate) fn to_keep(&self) -> Option<Session> {
        let tally = self.tally();
        let known = tally.session.as_ref()?;
        Some(Session {
            id: known.id.clone(),
            seq: known.processed,
            resume_url: known.resume_url.clone(),
        })
    }

    pub(crate) fn progress(&self) -> Progress {
        let tally = self.tally();
        Progress {
            ready: tally.ready,
            heard: tally.heard,
        }
    }

    /// Waits until the consumer has taken everything that was handed over.
    pub(crate) async fn drained(&self) {
        // Closed counts as drained: nobody will ever take the rest.
        let _ = self.queue.reserve_many(self.queue.max_capacity()).await;
    }

    /// Takes one event from the shard's loop. `cut` is cancelled when the queue is full.
    pub(crate) fn take(&self, event: &Event, ws_url: &tokio::sync::Mutex<String>, cut: &CancellationToken) {
        let mut tally = self.tally();
        if tally.cut {
            return;
        }
        tally.heard = Some(Instant::now());
        match event {
            Event::Ready(ready) => {
                tally.ready = true;
                let resume_url = self.policy.check(&ready.ready.resume_gateway_url).ok();
                tally.ready_came(&ready.ready.session_id, resume_url);
            }
            Event::Resumed(_) => {
                tally.ready = true;
                tally.one_more();
            }
            _ => tally.one_more(),
        }
        if matches!(event, Event::Ready(_) | Event::Resumed(_)) {
            tally.point_resumes(ws_url);
            self.state.send_replace(State::Ready);
        }
        let Some((place, session)) = tally.place() else {
            return;
        };
        // Converted under the lock: only this thread takes events, and the supervisor looks a few times a second.
        if let Some(value) = (self.convert)(event, place, session) {
            match self.queue.try_send(Item { place, value }) {
                Ok(()) => {}
                Err(TrySendError::Full(_) | TrySendError::Closed(_)) => {
                    tally.cut = true;
                    cut.cancel();
                    return;
                }
            }
        }
        tally.handed(place);
    }

    fn tally(&self) -> MutexGuard<'_, Tally> {
        self.tally.lock().expect(NO_PANIC_INSIDE)
    }
}

impl Tally {
    fn ready_came(&mut self, id: &str, resume_url: Option<String>) {
        if let Some(known) = &mut self.session
            && known.id == id
        {
            // The same session from its start again (close code 4007): what was handed over is skipped.
            known.count = 1;
            known.resume_url = resume_url;
            return;
        }
        self.epoch += 1;
        self.session = Some(Known {
            id: id.to_owned(),
            resume_url,
            count: 1,
            handed: 0,
            processed: 0,
        });
    }

    fn one_more(&mut self) {
        if let Some(known) = &mut self.session {
            known.count += 1;
        }
    }

    /// Makes serenity's own resumes go to the session's host; it reads the address anew for each connection.
    fn point_resumes(&self, ws_url: &tokio::sync::Mutex<String>) {
        if let Some(url) = self.session.as_ref().and_then(|known| known.resume_url.as_ref())
            && let Ok(mut current) = ws_url.try_lock()
        {
            current.clone_from(url);
        }
    }

    /// The place of the event just counted, unless it is a replay of one that was handed over.
    fn place(&self) -> Option<(Place, &str)> {
        let known = self.session.as_ref()?;
        let place = Place {
            epoch: self.epoch,
            seq: known.count,
        };
        (known.count > known.handed).then_some((place, &known.id))
    }

    fn handed(&mut self, place: Place) {
        if let Some(known) = &mut self.session {
            known.handed = place.seq;
        }
    }
}
