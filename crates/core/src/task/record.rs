//! What is kept of each task. Pure data.

use smol_str::SmolStr;

use super::TaskId;
use crate::id::{Chat, MessageRef, Person};

/// A task as it is kept.
#[derive(Clone, Debug, PartialEq)]
pub struct TaskRecord {
    /// Its number.
    pub id: TaskId,
    /// Its name.
    pub name: SmolStr,
    /// Who started it.
    pub person: Person,
    /// Where.
    pub chat: Chat,
    /// Its card, once that was sent.
    pub card: Option<MessageRef>,
    /// Where it stands.
    pub state: TaskState,
}

/// Where a task stands. One that has ended is not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaskState {
    /// It waits for room.
    Waiting,
    /// It runs.
    Running,
    /// It has ended, and its result is being sent.
    Ending,
}
