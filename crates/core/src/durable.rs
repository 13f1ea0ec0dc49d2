//! Turns that outlive the process: what came in is kept before it is confirmed, a turn's end is one commit of its states,
//! its replies and its events' removal, and what is sent is marked before the call. Owns what this process holds of the
//! store: the conversations it claimed, and the events that it has not read back from there.

mod codec;
mod feed;
mod outgoing;
mod turn;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use smol_str::SmolStr;
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::clock::Clock;
use crate::event::Event;
use crate::id::{AccountId, Conversation, EventId, NetworkId};
use crate::metrics::StoreMetrics;
use crate::press::PressTable;
use crate::store::{Commit, Hold, Settlement, Store, StoreError, Timestamp, Write};

pub(crate) use self::codec::{Again, Resumed, read_origin, write_event, write_origin};
pub(crate) use self::feed::{feed, upkeep};
pub(crate) use self::outgoing::{Begun, KEY_KNOWN, TOO_LATE, kept as kept_send, settle};
pub(crate) use self::turn::Kept;

/// The most events that wait in the store; beyond it sources wait. At some 2 KiB each, 200 MiB on the disk.
pub const INBOX_BOUND: u64 = 100_000;

/// How many events are remembered as they came, so that they need not be read back.
const RECENT_BOUND: usize = 8192;

/// The pause after a fault of the store.
const FAULT_PAUSE: Duration = Duration::from_secs(1);

/// How long the last write of a bot that stops may take.
const RELEASES_WITHIN: Duration = Duration::from_secs(1);

/// What this process holds of a store that outlives it.
pub(crate) struct Durable {
    pub(crate) store: Arc<dyn Store>,
    clock: Clock,
    /// A time that was read, and when that was: the store's times never go back and never stand still, whatever the
    /// machine's clock does.
    read: Mutex<(Timestamp, Instant)>,
    /// Something may be claimed.
    pub(crate) fed: Notify,
    /// Something left the inbox, or the store works again.
    pub(crate) freed: Notify,
    /// Something was sent and is not settled.
    settles: Notify,
    unsettled: Mutex<Vec<Settlement>>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Events that were stored and not claimed, as they came.
    recent: HashMap<EventKey, Arc<Event>>,
    /// The conversations that are held.
    holds: HashMap<Conversation, Hold>,
    /// Those of them in which a turn runs.
    running: HashSet<Conversation>,
    /// How many events of each conversation this process has stored that were not handled.
    waiting: HashMap<Conversation, u32>,
    /// How many events wait in the store.
    backlog: u64,
    /// How many batches are being stored.
    storing: usize,
    /// How often something was about to be stored.
    counted: u64,
    /// When a conversation that waits for more events can be claimed first.
    rings: Option<Instant>,
    /// What is wrong with the store.
    trouble: Option<String>,
    commits: u64,
    faults: u64,
}

/// An event's id is unique per account.
type EventKey = (NetworkId, AccountId, EventId);

/// A batch that is being stored, also where whoever waits for that goes away.
pub(crate) struct Storing<'a>(&'a Durable);

impl Drop for Storing<'_> {
    fn drop(&mut self) {
        self.0.lock().storing -= 1;
    }
}

impl State {
    /// Takes events of a conversation off the counts.
    fn uncount(&mut self, conversation: &Conversation, events: usize) {
        self.backlog = self.backlog.saturating_sub(events as u64);
        if let Some(waiting) = self.waiting.get_mut(conversation) {
            *waiting = waiting.saturating_sub(u32::try_from(events).unwrap_or(u32::MAX));
            if *waiting == 0 {
                self.waiting.remove(conversation);
            }
        }
    }
}

impl Durable {
    pub(crate) fn new(store: Arc<dyn Store>, clock: Clock) -> Self {
        Self {
            store,
            read: Mutex::new((clock.now(), Instant::now())),
            clock,
            fed: Notify::new(),
            freed: Notify::new(),
            settles: Notify::new(),
            unsettled: Mutex::default(),
            state: Mutex::default(),
        }
    }

    /// The time, which never goes back.
    pub(crate) fn now(&self) -> Timestamp {
        let (now, at) = (self.clock.now(), Instant::now());
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        let passed = read.0.plus(at.saturating_duration_since(read.1));
        if now > passed {
            *read = (now, at);
        }
        now.max(passed)
    }

    /// Notes that a batch is being stored, for as long as what is given lives.
    pub(crate) fn storing(&self) -> Storing<'_> {
        self.lock().storing += 1;
        Storing(self)
    }

    /// Counts an event that is about to be stored: it may be handled before the store's answer is seen. It is there as it
    /// came when its conversation is claimed.
    pub(crate) fn queue(&self, event: &Arc<Event>, conversation: &Conversation) {
        self.count(conversation);
        let mut state = self.lock();
        if state.recent.len() < RECENT_BOUND {
            // One that comes a second time does not take the place of the first.
            state
                .recent
                .entry(key(event))
                .or_insert_with(|| Arc::clone(event));
        }
    }

    /// An event that was not stored after all, or was there before.
    pub(crate) fn unqueue(&self, event: &Arc<Event>, conversation: &Conversation) {
        let mut state = self.lock();
        state.uncount(conversation, 1);
        let key = key(event);
        if state
            .recent
            .get(&key)
            .is_some_and(|kept| Arc::ptr_eq(kept, event))
        {
            state.recent.remove(&key);
        }
    }

    /// Counts an event of another making that is about to be stored.
    pub(crate) fn count(&self, conversation: &Conversation) {
        let mut state = self.lock();
        state.counted += 1;
        state.backlog += 1;
        *state.waiting.entry(conversation.clone()).or_default() += 1;
    }

    /// Something was stored that can be claimed after a wait.
    pub(crate) fn stored(&self, wait: Duration) {
        let mut state = self.lock();
        if !wait.is_zero() {
            let at = Instant::now() + wait;
            state.rings = Some(state.rings.map_or(at, |other| other.min(at)));
        }
        drop(state);
        self.fed.notify_one();
    }

    /// How many events of a conversation wait, as far as this process has stored them.
    pub(crate) fn waiting_in(&self, conversation: &Conversation) -> usize {
        self.lock().waiting.get(conversation).copied().unwrap_or_default() as usize
    }

    /// How many events wait in the store.
    pub(crate) fn backlog(&self) -> u64 {
        self.lock().backlog
    }

    /// How often something was about to be stored so far.
    pub(crate) fn counted(&self) -> u64 {
        self.lock().counted
    }

    /// Nothing waited in the store and nothing of it is held: what was counted otherwise was taken away by another hand,
    /// such as that of a person who wants to be forgotten. What was on its way there since `counted` is left alone.
    pub(crate) fn nothing_waits(&self, counted: u64) {
        let mut state = self.lock();
        if state.holds.is_empty() && state.storing == 0 && state.counted == counted {
            state.backlog = 0;
            state.waiting.clear();
            state.recent.clear();
        }
        drop(state);
        self.freed.notify_waiters();
    }

    /// Takes events of a conversation off the counts.
    pub(crate) fn uncount(&self, conversation: &Conversation, events: usize) {
        self.lock().uncount(conversation, events);
        self.freed.notify_waiters();
    }

    /// What is wrong with the store, for whoever looks after the bot.
    pub(crate) fn trouble(&self) -> Option<String> {
        self.lock().trouble.clone()
    }

    pub(crate) fn metrics(&self) -> StoreMetrics {
        let state = self.lock();
        StoreMetrics {
            commits: state.commits,
            faults: state.faults,
            trouble: state.trouble.clone(),
            waiting: state.backlog,
        }
    }

    /// Notes a fault of the store, and tells of the first of a series.
    pub(crate) fn fault(&self, error: &StoreError) {
        let sentence = crate::executor::chain(error);
        let mut state = self.lock();
        state.faults += 1;
        if state.trouble.as_ref() != Some(&sentence) {
            tracing::error!(
                error = sentence,
                "the data cannot be written; nothing is confirmed until it can"
            );
            state.trouble = Some(sentence);
        }
    }

    /// Notes that the store works.
    pub(crate) fn works(&self) {
        if self.lock().trouble.take().is_some() {
            tracing::info!("the data can be written again");
            self.freed.notify_waiters();
        }
    }

    /// Reads what a button does that an earlier process has sent.
    pub(crate) async fn load_button(&self, presses: &PressTable, token: &str) {
        if presses.peek(token).is_some() {
            return;
        }
        match self.store.value(&button_key(token)).await {
            Ok(Some(body)) => presses.restore(token, &body),
            Ok(None) => {}
            Err(error) => self.fault(&error),
        }
    }

    /// Keeps what buttons do, before anybody can press them.
    pub(crate) async fn keep_buttons(
        &self,
        presses: &PressTable,
        tokens: impl Iterator<Item = SmolStr>,
    ) -> Result<(), StoreError> {
        let (tokens, writes) = self.button_writes(presses, tokens);
        if writes.is_empty() {
            return Ok(());
        }
        self.store
            .commit(vec![Commit::writes(writes, self.now())])
            .await?;
        presses.kept(&tokens);
        Ok(())
    }

    /// The writes for buttons that are not kept yet, with their tokens.
    pub(crate) fn button_writes(
        &self,
        presses: &PressTable,
        tokens: impl Iterator<Item = SmolStr>,
    ) -> (Vec<SmolStr>, Vec<Write>) {
        let until = Some(self.now().plus(crate::press::BUTTON_LIFETIME));
        let unkept = tokens.filter_map(|token| {
            let body = presses.unkept(&token)?;
            let write = Write::Value {
                key: button_key(&token),
                body: Some(body),
                until,
            };
            Some((token, write))
        });
        unkept.unzip()
    }

    /// A turn begins: what it does may have been seen by a network, whatever becomes of it.
    pub(crate) fn begins(&self, hold: &Hold) {
        self.lock().running.insert(hold.conversation.clone());
    }

    /// Gives back what was claimed and has not begun, so that its attempts are not counted. What has begun and did not
    /// end is found at the next start, and counts one.
    pub(crate) async fn release(&self) {
        let holds: Vec<Hold> = {
            let mut state = self.lock();
            let holds = std::mem::take(&mut state.holds);
            let begun = |hold: &Hold| state.running.contains(&hold.conversation);
            holds.into_values().filter(|hold| !begun(hold)).collect()
        };
        if holds.is_empty() {
            return;
        }
        let released = tokio::time::timeout(RELEASES_WITHIN, self.store.release(holds, self.now()));
        match released.await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => {
                tracing::warn!(%error, "conversations were not given back; they are free at the next start");
            }
            Err(_) => {
                tracing::warn!("conversations were not given back in time; they are free at the next start")
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What keeps a button's end: the write that takes it away.
pub(crate) fn button_gone(token: &str) -> Write {
    Write::Value {
        key: button_key(token),
        body: None::<Bytes>,
        until: None,
    }
}

/// The name of the value that has the checkpoint of a task while its event waits.
pub(crate) fn checkpoint_key(task: u64) -> SmolStr {
    smol_str::format_smolstr!("task.{task}.checkpoint")
}

fn button_key(token: &str) -> SmolStr {
    smol_str::format_smolstr!("button.{token}")
}

fn key(event: &Event) -> EventKey {
    (event.chat.network, event.chat.account.clone(), event.id.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{EventKind, Other};
    use crate::store::MemoryStore;
    use crate::testing::Paper;

    #[tokio::test(start_paused = true)]
    async fn an_event_that_is_on_its_way_into_the_store_is_not_forgotten_when_nothing_waits_there() {
        let durable = Durable::new(Arc::new(MemoryStore::new()), Clock::System);
        let name = "a test".into();
        let event = Arc::new(Paper::new().event("anna", EventKind::Other(Other { name })));
        let conversation = Conversation {
            chat: event.chat.clone(),
            user: None,
        };
        let as_it_came = || durable.lock().recent.contains_key(&key(&event));
        let before = durable.counted();
        let storing = durable.storing();
        durable.queue(&event, &conversation);
        durable.nothing_waits(durable.counted());
        assert!(as_it_came() && durable.backlog() == 1, "it is being stored");
        drop(storing);
        durable.nothing_waits(before);
        assert!(as_it_came() && durable.backlog() == 1, "it came after the look");
        durable.nothing_waits(durable.counted());
        assert!(
            !as_it_came() && durable.backlog() == 0,
            "another hand took it away"
        );
    }
}
