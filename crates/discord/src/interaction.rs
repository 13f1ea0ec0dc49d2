//! Open interactions: what came in with a token that must be used to answer it. Owns their states and the order of
//! their deadlines.
//!
//! An interaction is `Pending` until it is answered or deferred, `Deferred` until its first answer, then `Answered`.
//! Each has one lock, which is held across the call that moves it, so the automatic deferral and an answer cannot
//! both be the first. Discord wants the first call within 3 s and accepts the token for 15 minutes.
//! Source: discord-api-docs, interactions/receiving-and-responding.

mod answer;
mod deferral;
mod edit;

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use duologue_core::{MessageId, ReplyToken};
use tokio::sync::Notify;
use tokio::time::Instant;

pub(crate) use self::answer::{Outcome, body, message_id};

/// How long a token is used; Discord accepts it for 15 minutes.
const TOKEN_LIFE: Duration = Duration::from_secs(15 * 60 - 15);

/// How long Discord waits for the first call.
const FIRST_CALL: Duration = Duration::from_secs(3);

/// How many interactions are remembered; over it the oldest is forgotten. About 500 bytes each.
const MAX_KEPT: usize = 50_000;

/// How many messages of one interaction are remembered.
const MAX_MESSAGES: usize = 64;

/// What an interaction came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// A slash command: deferring shows "is thinking".
    Command,
    /// A component of this message: deferring shows nothing.
    Component(Option<u64>),
    /// A form or something newer: it is answered, but never deferred by itself.
    Other,
}

/// An interaction as it arrives.
pub(crate) struct Arrived<'a> {
    pub(crate) id: u64,
    pub(crate) application: u64,
    pub(crate) token: &'a str,
    pub(crate) channel: u64,
    pub(crate) origin: Origin,
    /// Whether a deferral promises an answer for one person alone.
    pub(crate) ephemeral: bool,
}

/// One interaction.
pub(crate) struct Interaction {
    id: u64,
    application: u64,
    token: Box<str>,
    channel: u64,
    origin: Origin,
    ephemeral: bool,
    received: Instant,
    /// Whether the first call was made; for a look without the lock.
    settled: AtomicBool,
    state: tokio::sync::Mutex<State>,
    /// The messages it made, to forget them with it.
    messages: Mutex<Vec<u64>>,
}

#[derive(Debug)]
struct State {
    phase: Phase,
    /// The message that `@original` stands for.
    original: Option<u64>,
    /// Whether the deferral was for one person alone.
    hidden: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Pending,
    Deferred,
    Answered,
    /// The token is not accepted any more.
    Lost,
}

/// All open interactions of a bot.
pub(crate) struct Interactions {
    /// How long after receipt an interaction is deferred by itself.
    defer_after: Duration,
    inner: Mutex<Inner>,
    arrived: Notify,
}

#[derive(Default)]
struct Inner {
    open: HashMap<u64, Arc<Interaction>>,
    /// In the order of arrival, so in the order of expiry.
    ages: VecDeque<(Instant, u64)>,
    /// Those that may have to be deferred, in the order of their deadlines.
    deadlines: VecDeque<Arc<Interaction>>,
    by_message: HashMap<u64, u64>,
    /// How many commands wait for their answer, by channel.
    waiting: HashMap<u64, u32>,
}

/// Why locking cannot fail here.
const NO_PANIC_INSIDE: &str = "nothing panics while the interactions are locked";

impl Interactions {
    pub(crate) fn new(defer_after: Duration) -> Self {
        Self {
            defer_after,
            inner: Mutex::default(),
            arrived: Notify::new(),
        }
    }

    /// Takes an interaction in; its deadline counts from now.
    pub(crate) fn arrive(&self, arrived: &Arrived<'_>) -> ReplyToken {
        let token = ReplyToken::new(format!(
            "{}.{}.{}",
            arrived.id, arrived.application, arrived.token
        ));
        let interaction = Arc::new(Interaction::new(arrived, Phase::Pending));
        let mut inner = self.inner();
        inner.evict(interaction.received);
        if inner.open.contains_key(&arrived.id) {
            // A second delivery: the first one's state counts.
            return token;
        }
        inner.open.insert(arrived.id, Arc::clone(&interaction));
        inner.ages.push_back((interaction.received, arrived.id));
        if arrived.origin == Origin::Command {
            *inner.waiting.entry(arrived.channel).or_default() += 1;
        }
        if arrived.origin != Origin::Other {
            if inner.deadlines.len() >= MAX_KEPT {
                inner.deadlines.pop_front();
            }
            inner.deadlines.push_back(interaction);
            self.arrived.notify_one();
        }
        token
    }

    /// The interaction of a reply token. One that was forgotten, or that an earlier process took in, is taken for answered
    /// when Discord does not wait for its first call any more.
    pub(crate) fn find(&self, reply: &ReplyToken) -> Option<Arc<Interaction>> {
        let mut parts = reply.as_str().splitn(3, '.');
        let (id, application, token) = (
            parts.next()?.parse().ok()?,
            parts.next()?.parse().ok()?,
            parts.next()?,
        );
        if let Some(known) = self.inner().open.get(&id) {
            return Some(Arc::clone(known));
        }
        let arrived = Arrived {
            id,
            application,
            token,
            channel: 0,
            // Nobody knows which: so nothing is edited in whose place it would be wrong.
            origin: Origin::Component(None),
            ephemeral: false,
        };
        // One that an earlier process took in may still wait for its first call; a call too many does no harm.
        let phase = if young(id) {
            Phase::Pending
        } else {
            Phase::Answered
        };
        Some(Arc::new(Interaction::new(&arrived, phase)))
    }

    /// The interaction that made a message, while its token lives.
    pub(crate) fn of_message(&self, message: &MessageId) -> Option<Arc<Interaction>> {
        let message: u64 = message.parse()?;
        let inner = self.inner();
        let interaction = inner.open.get(inner.by_message.get(&message)?)?;
        (!interaction.expired()).then(|| Arc::clone(interaction))
    }

    /// Ends an interaction whose answer goes another way than through calls. False if a call was made or is under way:
    /// then the answer has to follow it.
    pub(crate) fn decline(&self, reply: &ReplyToken) -> bool {
        let Some(interaction) = self.find(reply) else {
            return false;
        };
        let Ok(mut state) = interaction.state.try_lock() else {
            return false;
        };
        let pending = state.phase == Phase::Pending;
        if pending {
            self.answered(&interaction, &mut state, Phase::Answered);
        }
        pending
    }

    /// Whether a command waits for its answer in this channel: Discord shows that already.
    pub(crate) fn waiting_in(&self, channel: u64) -> bool {
        self.inner().waiting.contains_key(&channel)
    }

    /// Notes that the first call was made.
    fn settle(&self, interaction: &Interaction) {
        interaction.settled.store(true, Ordering::Relaxed);
    }

    /// Notes that an answer is there.
    fn answered(&self, interaction: &Interaction, state: &mut State, phase: Phase) {
        let waited = matches!(state.phase, Phase::Pending | Phase::Deferred);
        state.phase = phase;
        self.settle(interaction);
        if waited && interaction.origin == Origin::Command {
            self.inner().waits_no_more(interaction.channel);
        }
    }

    /// Remembers that a message can be edited through this interaction.
    fn made(&self, interaction: &Interaction, message: u64) {
        let mut messages = interaction.messages.lock().expect(NO_PANIC_INSIDE);
        if messages.len() < MAX_MESSAGES {
            messages.push(message);
            drop(messages);
            let mut inner = self.inner();
            if inner.open.contains_key(&interaction.id) {
                inner.by_message.insert(message, interaction.id);
            }
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().expect(NO_PANIC_INSIDE)
    }
}

/// Whether Discord still waits for the first call to an interaction, by the time in its id (reference, snowflakes).
fn young(id: u64) -> bool {
    const DISCORD_EPOCH: u64 = 1_420_070_400_000;
    let born = UNIX_EPOCH + Duration::from_millis((id >> 22) + DISCORD_EPOCH);
    SystemTime::now()
        .duration_since(born)
        .is_ok_and(|age| age < FIRST_CALL)
}

impl Inner {
    fn evict(&mut self, now: Instant) {
        while let Some((born, id)) = self.ages.front()
            && (self.ages.len() >= MAX_KEPT || now - *born >= TOKEN_LIFE)
        {
            let gone = self.open.remove(id);
            self.ages.pop_front();
            let Some(gone) = gone else { continue };
            for message in gone.messages.lock().expect(NO_PANIC_INSIDE).drain(..) {
                self.by_message.remove(&message);
            }
            // Never answered, or answered at this very moment: then the count is one too low for a moment.
            if gone.origin == Origin::Command
                && gone
                    .state
                    .try_lock()
                    .is_ok_and(|state| matches!(state.phase, Phase::Pending | Phase::Deferred))
            {
                self.waits_no_more(gone.channel);
            }
        }
    }

    fn waits_no_more(&mut self, channel: u64) {
        if let Some(count) = self.waiting.get_mut(&channel) {
            *count -= 1;
            if *count == 0 {
                self.waiting.remove(&channel);
            }
        }
    }
}

impl Interaction {
    fn new(arrived: &Arrived<'_>, phase: Phase) -> Self {
        Self {
            id: arrived.id,
            application: arrived.application,
            token: arrived.token.into(),
            channel: arrived.channel,
            origin: arrived.origin,
            ephemeral: arrived.ephemeral,
            received: Instant::now(),
            settled: AtomicBool::new(phase != Phase::Pending),
            state: tokio::sync::Mutex::new(State {
                phase,
                original: None,
                hidden: false,
            }),
            messages: Mutex::default(),
        }
    }

    fn expired(&self) -> bool {
        self.received.elapsed() >= TOKEN_LIFE
    }

    fn settled(&self) -> bool {
        self.settled.load(Ordering::Relaxed)
    }

    /// The pressed message.
    fn pressed(&self) -> Option<u64> {
        match self.origin {
            Origin::Component(message) => message,
            Origin::Command | Origin::Other => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arrived(id: u64) -> Arrived<'static> {
        Arrived {
            id,
            application: 2,
            token: "t",
            channel: 3,
            origin: Origin::Command,
            ephemeral: false,
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_second_delivery_keeps_the_first_ones_state() {
        let interactions = Interactions::new(Duration::from_secs(1));
        let reply = interactions.arrive(&arrived(1));
        let first = interactions.find(&reply).unwrap();
        assert_eq!(interactions.arrive(&arrived(1)), reply);
        assert!(Arc::ptr_eq(&first, &interactions.find(&reply).unwrap()));
        assert_eq!(interactions.inner().deadlines.len(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn old_interactions_are_forgotten_with_their_messages() {
        let interactions = Interactions::new(Duration::from_secs(1));
        let reply = interactions.arrive(&arrived(1));
        let first = interactions.find(&reply).unwrap();
        interactions.made(&first, 77);
        assert!(interactions.of_message(&MessageId::new("77")).is_some());
        assert!(interactions.waiting_in(3));
        tokio::time::advance(TOKEN_LIFE).await;
        assert!(interactions.of_message(&MessageId::new("77")).is_none());
        interactions.arrive(&Arrived {
            channel: 4,
            ..arrived(2)
        });
        let inner = interactions.inner();
        assert_eq!(
            (inner.open.len(), inner.ages.len(), inner.by_message.len()),
            (1, 1, 0)
        );
        assert!(!inner.waiting.contains_key(&3));
    }

    #[tokio::test(start_paused = true)]
    async fn the_number_of_open_interactions_is_bounded() {
        let interactions = Interactions::new(Duration::from_secs(1));
        for id in 0..MAX_KEPT as u64 + 100 {
            interactions.arrive(&arrived(id));
        }
        let inner = interactions.inner();
        assert_eq!((inner.open.len(), inner.deadlines.len()), (MAX_KEPT, MAX_KEPT));
        assert_eq!(inner.waiting[&3], MAX_KEPT as u32);
    }
}
