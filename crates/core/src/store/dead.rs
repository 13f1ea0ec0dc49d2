//! Events that could not be handled, kept for a person to look at. Pure data.

use super::{StoredEvent, Timestamp};
use crate::id::Conversation;

/// The number of a dead letter, unique while the data lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DeadId(pub u64);

/// An event that was given up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    /// Its number.
    pub id: DeadId,
    /// The conversation it waited in.
    pub conversation: Conversation,
    /// The event with its raw form; `number` is the one that it had.
    pub event: StoredEvent,
    /// What happened at the last attempt.
    pub error: String,
    /// When it was given up.
    pub died: Timestamp,
}

/// A part of a long list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page<Id> {
    /// The entries behind this one; `None` from the start.
    pub after: Option<Id>,
    /// The most entries.
    pub limit: usize,
}

impl<Id> Page<Id> {
    /// The first entries.
    #[must_use]
    pub fn first(limit: usize) -> Self {
        Self { after: None, limit }
    }
}
