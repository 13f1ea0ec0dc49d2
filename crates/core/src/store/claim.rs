//! How conversations with work are taken, and how a stale hold is recognized. Pure data.

use std::fmt;

use bytes::Bytes;
use smol_str::SmolStr;

use super::{BotAccount, Timestamp};
use crate::id::{Conversation, EventId, UserId};

/// Which conversations to take.
#[derive(Clone, Debug)]
pub struct ClaimRequest {
    /// The accounts that are served now. What belongs to others waits until they are back.
    pub bots: Vec<BotAccount>,
    /// The most conversations.
    pub conversations: usize,
    /// The most events of each, at least one.
    pub events: usize,
    /// The time.
    pub now: Timestamp,
}

/// The right to commit turns of one conversation, drawn anew with each claim. It is never the same twice, so what was
/// released, taken over or forgotten cannot be committed by the one who had it before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fence(pub u64);

impl fmt::Display for Fence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A hold on a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Hold {
    /// The conversation.
    pub conversation: Conversation,
    /// The right to commit its turns.
    pub fence: Fence,
}

/// A conversation that was taken, with its first events in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The hold; it lasts until a commit or a release gives it back, or the process ends.
    pub hold: Hold,
    /// Its first events, at least one.
    pub events: Vec<StoredEvent>,
    /// Whether more wait behind them.
    pub more: bool,
}

/// An event that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredEvent {
    /// Its number in the conversation.
    pub number: u64,
    /// The network's own id.
    pub id: EventId,
    /// Who caused it, where known.
    pub user: Option<UserId>,
    /// Its kind in one word.
    pub kind: SmolStr,
    /// When it came.
    pub received: Timestamp,
    /// When it happened by the network's clock, where the network says so.
    pub sent: Option<Timestamp>,
    /// How many attempts at it have failed, or ended with the process.
    pub attempts: u32,
    /// The event itself.
    pub body: Bytes,
}
