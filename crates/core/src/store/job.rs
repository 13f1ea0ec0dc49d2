//! Work that is due later or again and again. Pure data; what a repeat rule means is the caller's.

use bytes::Bytes;
use smol_str::SmolStr;

use super::{BotAccount, Timestamp};
use crate::id::{Chat, Person};

/// The number of a job, unique while the data lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct JobId(pub u64);

/// A job to keep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewJob {
    /// The chat that it belongs to.
    pub chat: Chat,
    /// Who asked for it.
    pub person: Person,
    /// What made it, unique over all jobs: where a job of the same origin is there, that one is the answer and nothing
    /// is made. So a turn that runs again makes no job twice. `None` is always a new one.
    pub origin: Option<SmolStr>,
    /// What it is, such as `reminder`.
    pub name: SmolStr,
    /// When it is due, in UTC.
    pub due: Timestamp,
    /// When it is due again: the caller's own text. `None` for once.
    pub repeat: Option<String>,
    /// What to do when it was due while nobody looked.
    pub missed: Missed,
    /// What it needs, at most [`BODY_LIMIT`](super::BODY_LIMIT) bytes.
    pub body: Bytes,
}

/// What to do with a job that was due while nobody looked. The caller acts on it; the store keeps it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Missed {
    /// Run it once, late.
    #[default]
    Once,
    /// Leave out what was missed.
    Skip,
    /// Run it for each time that was missed.
    Each,
}

/// A job that is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// Its number.
    pub id: JobId,
    /// When it was made.
    pub created: Timestamp,
    /// What was asked for; `due` is when it is due next.
    pub ask: NewJob,
}

/// Which jobs are due.
#[derive(Clone, Debug)]
pub struct DueRequest {
    /// The accounts that are served now.
    pub bots: Vec<BotAccount>,
    /// The most jobs; the earliest come first.
    pub limit: usize,
    /// The time.
    pub now: Timestamp,
}

/// Whose jobs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JobOwner {
    /// Those of a chat.
    Chat(Chat),
    /// Those that a person asked for, in all chats.
    Person(Person),
}
