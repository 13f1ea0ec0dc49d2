//! What a store says about itself. Pure data.

use super::Timestamp;

/// How much there is of everything. A count says nothing about whose it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counts {
    /// Events that wait in conversations, those that are being handled included.
    pub inbox: u64,
    /// When the one that waits longest came.
    pub oldest: Option<Timestamp>,
    /// Conversations that are held.
    pub held: u64,
    /// Things that wait to be sent.
    pub outgoing: u64,
    /// Things that are being sent.
    pub sending: u64,
    /// Things of which it is unknown whether they were sent.
    pub unknown: u64,
    /// Things that were not sent.
    pub failed: u64,
    /// Dead letters.
    pub dead: u64,
    /// Jobs.
    pub jobs: u64,
    /// Tasks.
    pub tasks: u64,
    /// Bytes on the disk, or 0 in memory.
    pub bytes: u64,
}

/// When there is something to do next, of what the given accounts serve. `None` where nothing waits for a time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NextDue {
    /// A conversation can be claimed.
    pub conversation: Option<Timestamp>,
    /// Something can be sent, as far as its chat is free.
    pub outgoing: Option<Timestamp>,
    /// A job is due.
    pub job: Option<Timestamp>,
}

/// What was cleaned away.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Pruned {
    /// Ids of events that were remembered for de-duplication.
    pub ids: u64,
    /// Things that were sent, or not, long ago.
    pub outgoing: u64,
    /// Marks of states that were taken away.
    pub states: u64,
    /// Conversations without events.
    pub conversations: u64,
    /// Link codes that are too old, and counts of wrong guesses.
    pub codes: u64,
    /// Values whose time is over.
    pub values: u64,
}

impl Pruned {
    /// Counts what another cleaning took away as well.
    pub fn add(&mut self, other: Self) {
        self.ids += other.ids;
        self.outgoing += other.outgoing;
        self.states += other.states;
        self.conversations += other.conversations;
        self.codes += other.codes;
        self.values += other.values;
    }
}
