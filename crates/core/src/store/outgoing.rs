//! What waits to be sent and what became of it. Pure data.

use bytes::Bytes;

use super::{BotAccount, Timestamp};
use crate::action::Priority;
use crate::id::{Chat, MessageId, UserId};

/// The number of something to send, unique while the data lives, rising.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OutgoingId(pub u64);

/// Something to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewOutgoing {
    /// Where to. What goes to one chat with one priority goes in order, one at a time.
    pub chat: Chat,
    /// Whom it is for or about, where known: what is exported and forgotten with that person.
    pub user: Option<UserId>,
    /// Which goes first when several things wait for one chat.
    pub priority: Priority,
    /// What to do when it is unknown whether it was sent.
    pub policy: Policy,
    /// It goes no earlier; what waits behind it with the same priority waits with it.
    pub not_before: Option<Timestamp>,
    /// What to send, in a form that the caller can read again; at most [`BODY_LIMIT`](super::BODY_LIMIT) bytes.
    pub body: Bytes,
}

/// What to do when it is unknown whether something was sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Policy {
    /// Never again: it stays unknown. For what people read.
    #[default]
    AtMostOnce,
    /// Again, with the risk that it arrives twice. For alarms.
    AtLeastOnce,
    /// Again, as twice is the same as once: an edit, a deletion, or a send whose key the network knows.
    Idempotent,
}

impl Policy {
    /// Whether to send again what may have been sent.
    #[must_use]
    pub fn repeats(self) -> bool {
        !matches!(self, Self::AtMostOnce)
    }
}

/// Where something to send stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OutgoingState {
    /// It waits.
    New,
    /// It was taken to be sent, and no outcome is known yet.
    Sending,
    /// It was sent.
    Sent,
    /// It may have been sent, and is not sent again.
    Unknown,
    /// It was not sent, and is not tried again.
    Failed,
}

/// Which things to take for sending.
#[derive(Clone, Debug)]
pub struct TakeRequest {
    /// The accounts that are served now.
    pub bots: Vec<BotAccount>,
    /// The most things. Of each chat there is one at most.
    pub limit: usize,
    /// The time.
    pub now: Timestamp,
}

/// Something that is or was in the outbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// Its number. It stays the same however often it is tried, so it is a key for networks that can use one.
    pub id: OutgoingId,
    /// What was asked for; `not_before` is when it could go at the earliest.
    pub ask: NewOutgoing,
    /// Where it stands.
    pub state: OutgoingState,
    /// How often it was taken.
    pub attempts: u32,
    /// Whether an earlier attempt may have arrived.
    pub doubtful: bool,
    /// When it was put here.
    pub created: Timestamp,
    /// When its outcome was known.
    pub settled: Option<Timestamp>,
    /// The messages that it made.
    pub messages: Vec<MessageId>,
    /// Why it was not sent, or why that is unknown; empty where there is nothing to say.
    pub error: String,
}

/// What became of something that was taken.
#[derive(Clone, Debug)]
pub struct Settlement {
    /// Which.
    pub id: OutgoingId,
    /// What became of it.
    pub result: SendResult,
    /// The time.
    pub now: Timestamp,
}

/// What became of an attempt to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SendResult {
    /// It was sent, as these messages.
    Sent(Vec<MessageId>),
    /// It was not sent; again no earlier than then, still before what waits behind it.
    Again {
        /// When.
        not_before: Timestamp,
        /// What happened.
        error: String,
    },
    /// It may have been sent: its [`Policy`] says what becomes of it.
    Unknown(String),
    /// It may have been sent, and whatever its [`Policy`] says it is too late to send it again.
    Doubtful(String),
    /// It was not sent and cannot be.
    Failed(String),
}
