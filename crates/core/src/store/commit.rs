//! What is kept together: a turn's end and everything it wrote, or a set of writes beside any turn. Pure data.

use std::time::Duration;

use bytes::Bytes;
use smol_str::SmolStr;

use super::{
    DeadId, Hold, JobId, NewEvent, NewJob, NewOutgoing, OutgoingId, Settlement, StateKey, StateWrite,
    StoredTask, Timestamp,
};
use crate::task::TaskId;

/// Writes that are kept together or not at all. Several of them can share one trip to the disk and still stand or fall
/// each by itself.
#[derive(Clone, Debug)]
pub struct Commit {
    /// The turn that ends with it; `None` for what is written beside any turn: a task's end, a job that is due.
    pub turn: Option<TurnEnd>,
    /// What is written, in this order; at most [`BATCH_BOUND`](super::BATCH_BOUND).
    pub writes: Vec<Write>,
    /// The time.
    pub now: Timestamp,
}

impl Commit {
    /// Writes beside any turn.
    #[must_use]
    pub fn writes(writes: Vec<Write>, now: Timestamp) -> Self {
        Self {
            turn: None,
            writes,
            now,
        }
    }

    /// A turn's end with what it wrote.
    #[must_use]
    pub fn turn(end: TurnEnd, writes: Vec<Write>, now: Timestamp) -> Self {
        Self {
            turn: Some(end),
            writes,
            now,
        }
    }
}

/// The end of a turn.
#[derive(Clone, Debug)]
pub struct TurnEnd {
    /// The hold that the turn ran under.
    pub hold: Hold,
    /// The numbers of the events that are handled and leave the conversation.
    pub handled: Vec<u64>,
    /// The event that could not be handled, if there is one.
    pub failed: Option<Failure>,
    /// Whether the hold goes on.
    pub then: Then,
}

/// An event that could not be handled. After [`MAX_ATTEMPTS`](super::MAX_ATTEMPTS) failed attempts, or the one that is
/// said to be the last, it leaves its conversation for the dead letters.
#[derive(Clone, Debug)]
pub struct Failure {
    /// Its number.
    pub number: u64,
    /// What happened, for the person who looks into it.
    pub error: String,
    /// How long the conversation waits before the next attempt. It counts only with [`Then::Release`].
    pub pause: Duration,
    /// Whether no attempt follows, however few there were: the event goes to the dead letters now.
    pub last: bool,
}

/// Whether a hold goes on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Then {
    /// The conversation is free for the next claim, behind those that wait already.
    #[default]
    Release,
    /// The hold goes on for the next of its events.
    Hold,
}

/// One thing that is written.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Write {
    /// Writes typed state.
    State(StateWrite),
    /// Puts something into the outbox.
    Send(NewOutgoing),
    /// The same for something whose sender stands ready: where nothing of its chat waits or is being sent, it is kept as
    /// being sent, as if it were taken together with the commit. Else it waits like any other.
    SendNow(NewOutgoing),
    /// Marks something in the outbox as being sent, whenever it was to go, where it is the first of its chat and priority
    /// and nothing of its chat is being sent; else it stays as it is. [`Committed::begun`] says whether it is marked.
    Begin(OutgoingId),
    /// Keeps what became of something that was taken, as [`Store::settle`](super::Store::settle) does.
    Settle(Settlement),
    /// Puts an event into a conversation, as if it came from its account's network: a timer that is due. Its id
    /// de-duplicates it like any other.
    Event(NewEvent),
    /// Makes a job.
    AddJob(NewJob),
    /// Gives a job another time. Does nothing where the job is gone.
    MoveJob {
        /// The job.
        id: JobId,
        /// When it is due from now on.
        due: Timestamp,
    },
    /// Takes a job away.
    DropJob(JobId),
    /// Keeps a task, or what is new about it.
    Task(StoredTask),
    /// Forgets a task that has ended.
    DropTask(TaskId),
    /// Keeps a small value under a name; `None` takes it away.
    Value {
        /// The name.
        key: SmolStr,
        /// The value, at most [`BODY_LIMIT`](super::BODY_LIMIT) bytes.
        body: Option<Bytes>,
        /// When [`Store::prune`](super::Store::prune) may delete it; `None` is never. The last write counts.
        until: Option<Timestamp>,
    },
}

/// What became of a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// All of it is kept.
    Committed(Committed),
    /// The hold is not valid any more: nothing was kept. What the turn did is to be thrown away.
    Stale,
    /// A state was not at the version that was expected: nothing was kept, and the hold goes on. The turn is to be run
    /// again with fresh state.
    Conflict {
        /// The state.
        key: StateKey,
        /// The version it has; 0 where there is none.
        found: u64,
    },
}

/// What a commit made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Committed {
    /// What went into the outbox, in the order of the writes.
    pub outgoing: Vec<OutgoingId>,
    /// What is being sent from now on, without a take.
    pub begun: Vec<OutgoingId>,
    /// The jobs that were made, in the order of the writes.
    pub jobs: Vec<JobId>,
    /// How many events the writes put into conversations; less than was asked for where some were there before.
    pub events: usize,
    /// The dead letter that the failed event became.
    pub dead: Option<DeadId>,
    /// Whether more events wait in the turn's conversation.
    pub more: bool,
}

impl Outcome {
    /// What was made, where everything was kept.
    #[must_use]
    pub fn committed(&self) -> Option<&Committed> {
        match self {
            Self::Committed(committed) => Some(committed),
            Self::Stale | Self::Conflict { .. } => None,
        }
    }
}
