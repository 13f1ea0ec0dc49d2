//! What comes in: batches of events of one source, with the source's new position. Pure data.

use std::time::Duration;

use bytes::Bytes;
use smol_str::SmolStr;

use super::Timestamp;
use crate::id::{AccountId, Chat, Conversation, EventId, NetworkId, UserId};

/// A bot's account on a network: whose events and messages a process serves.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BotAccount {
    /// The network.
    pub network: NetworkId,
    /// The account.
    pub account: AccountId,
}

impl BotAccount {
    /// The account that takes part in a chat.
    #[must_use]
    pub fn of(chat: &Chat) -> Self {
        Self {
            network: chat.network,
            account: chat.account.clone(),
        }
    }
}

/// Where events come from: an account, or one of several connections that share it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SourceId {
    /// The account. Its event ids are unique over all of its connections.
    pub bot: BotAccount,
    /// Which connection (a shard), from 0.
    pub part: u32,
}

/// How far a source has been read.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Position {
    /// The number of the next event to ask for. It may jump either way: networks start anew after a silence.
    Offset(i64),
    /// A session that can be resumed.
    Session {
        /// The session.
        id: SmolStr,
        /// The number of the last event that is stored.
        sequence: u64,
        /// The address to resume it at, where the network gave one.
        resume: Option<SmolStr>,
    },
}

/// Events of one source that are stored together, with the position behind them.
#[derive(Clone, Debug)]
pub struct Batch {
    /// The source.
    pub source: SourceId,
    /// The events in the order they came, at most [`BATCH_BOUND`](super::BATCH_BOUND).
    pub events: Vec<NewEvent>,
    /// How far the source is read with them; `None` leaves the stored position as it is.
    pub position: Option<Position>,
    /// When they came.
    pub now: Timestamp,
}

/// An event as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEvent {
    /// The network's own id: the key of de-duplication within its account.
    pub id: EventId,
    /// The conversation that it waits in.
    pub conversation: Conversation,
    /// Who caused it, where known: what is exported and forgotten with that person.
    pub user: Option<UserId>,
    /// Its kind in one word.
    pub kind: SmolStr,
    /// When it happened by the network's clock, where the network says so.
    pub sent: Option<Timestamp>,
    /// What becomes of it.
    pub keep: Keep,
    /// How long its conversation is not claimed from now on, unless it is held: the parts of an album come one by one,
    /// and each of them moves that time.
    pub wait: Duration,
    /// The event itself, in a form that the caller can read again; at most [`BODY_LIMIT`](super::BODY_LIMIT) bytes.
    pub body: Bytes,
}

/// What becomes of an event that comes in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Keep {
    /// It waits in its conversation until a turn has handled it.
    #[default]
    Queue,
    /// Only its id is remembered, so that a second delivery is recognized: for control events, which are handled at
    /// once and wait for nothing.
    IdOnly,
}

/// What became of a batch, one entry for each of its events, in its order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ingested {
    /// What became of each event.
    pub events: Vec<Admitted>,
}

/// What became of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Admitted {
    /// It is new and waits under this number of its conversation. Numbers of one conversation rise with each event.
    Queued(u64),
    /// It is new, and only its id was kept.
    Noted,
    /// It was here before; nothing was done.
    Duplicate,
}

impl Ingested {
    /// How many events were new.
    #[must_use]
    pub fn fresh(&self) -> usize {
        self.events
            .iter()
            .filter(|event| **event != Admitted::Duplicate)
            .count()
    }
}
