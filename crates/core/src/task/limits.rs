//! How much may run and wait at once, as settings. Pure data.

use std::time::Duration;

use super::Lane;

/// How much may run and wait at once, and what it may use.
#[derive(Clone, Debug)]
pub struct TaskLimits {
    /// The async lane.
    pub asynchronous: LaneLimits,
    /// The blocking lane. What may run at once in all is also how many threads there are.
    pub blocking: LaneLimits,
    /// The process lane. What may run at once in all is also how many worker processes there are.
    pub process: LaneLimits,
    /// The memory that running tasks may say they need, together, in bytes. Worker processes have limits of their own.
    pub memory: u64,
    /// The files that all tasks may keep at once, in bytes.
    pub files: u64,
    /// The files that one task may keep, with its children, in bytes.
    pub files_per_task: u64,
    /// The longest that a task may run, unless it says otherwise.
    pub deadline: Duration,
}

/// How much of one lane may be used at once. A task counts with its weight, which is 1 unless it says otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LaneLimits {
    /// The most that runs at once in all.
    pub running: usize,
    /// The most that runs at once for one person.
    pub per_person: usize,
    /// The most that runs at once for one chat.
    pub per_chat: usize,
    /// The most tasks that wait in all; over it a task is refused. Children of tasks do not count.
    pub waiting: usize,
    /// The most tasks that wait for one person; over it a task is refused. Children of tasks do not count.
    pub waiting_per_person: usize,
}

impl Default for TaskLimits {
    fn default() -> Self {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let waiting = LaneLimits {
            running: 1,
            per_person: 1,
            per_chat: 1,
            waiting: 4096,
            waiting_per_person: 8,
        };
        Self {
            asynchronous: LaneLimits {
                running: 256,
                per_person: 4,
                per_chat: 16,
                ..waiting
            },
            blocking: LaneLimits {
                running: 2 * processors,
                per_person: 2 * processors,
                per_chat: 2 * processors,
                ..waiting
            },
            process: LaneLimits {
                running: processors,
                per_person: processors,
                per_chat: processors,
                ..waiting
            },
            memory: 512 << 20,
            files: 1 << 30,
            files_per_task: 128 << 20,
            deadline: Duration::from_secs(15 * 60),
        }
    }
}

impl TaskLimits {
    pub(crate) fn lane(&self, lane: Lane) -> &LaneLimits {
        match lane {
            Lane::Async => &self.asynchronous,
            Lane::Blocking => &self.blocking,
            Lane::Process => &self.process,
        }
    }
}
