//! What is kept of each task so that others can know of it, behind one small trait. In memory for now.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

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
#[non_exhaustive]
pub enum TaskState {
    /// It waits for room.
    Waiting,
    /// It runs.
    Running,
}

/// Keeps what is known of tasks. Its methods never wait: what is slow goes on behind them.
pub trait TaskStore: Send + Sync + 'static {
    /// A number that no task had before.
    fn next_id(&self) -> TaskId;

    /// Keeps a task, or what is new about it.
    fn put(&self, record: &TaskRecord);

    /// Forgets a task that has ended.
    fn remove(&self, id: TaskId);

    /// All tasks that are kept, by number.
    fn all(&self) -> Vec<TaskRecord>;
}

/// Keeps what is known of tasks in memory.
#[derive(Debug, Default)]
pub struct MemoryTaskStore {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    last: u64,
    records: BTreeMap<TaskId, TaskRecord>,
}

impl MemoryTaskStore {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl TaskStore for MemoryTaskStore {
    fn next_id(&self) -> TaskId {
        let mut state = self.lock();
        state.last += 1;
        TaskId(state.last)
    }

    fn put(&self, record: &TaskRecord) {
        self.lock().records.insert(record.id, record.clone());
    }

    fn remove(&self, id: TaskId) {
        self.lock().records.remove(&id);
    }

    fn all(&self) -> Vec<TaskRecord> {
        self.lock().records.values().cloned().collect()
    }
}
