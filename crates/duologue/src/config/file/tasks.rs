//! What the file says of tasks: how many may run and wait, and what they may use. Owns nothing.

use std::time::Duration;

use duologue_core::LaneLimits;
use serde::Deserialize;

use super::duration;
use crate::config::problem::Problems;
use crate::config::{Config, check};
use crate::words;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawTasks {
    memory: Option<String>,
    files: Option<String>,
    files_per_task: Option<String>,
    deadline: Option<String>,
    worker_memory: Option<String>,
    worker_jobs: Option<u32>,
    #[serde(default, rename = "async")]
    asynchronous: RawLane,
    #[serde(default)]
    blocking: RawLane,
    #[serde(default)]
    process: RawLane,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawLane {
    running: Option<usize>,
    per_person: Option<usize>,
    per_chat: Option<usize>,
    waiting: Option<usize>,
    waiting_per_person: Option<usize>,
}

/// The most of anything that a lane can be asked for.
const MOST: usize = 100_000;

/// The most jobs of one worker process.
const MOST_JOBS: u32 = 1_000_000;

impl RawTasks {
    pub(super) fn apply(&self, config: &mut Config, problems: &mut Problems) {
        let tasks = &mut config.engine.tasks;
        for (key, value, place) in [
            ("tasks.memory", &self.memory, &mut tasks.memory),
            ("tasks.files", &self.files, &mut tasks.files),
            (
                "tasks.files_per_task",
                &self.files_per_task,
                &mut tasks.files_per_task,
            ),
            (
                "tasks.worker_memory",
                &self.worker_memory,
                &mut config.workers.memory,
            ),
        ] {
            if let Some(bytes) = value.as_deref().and_then(|text| check::size(key, text, problems)) {
                *place = bytes;
            }
        }
        let deadline = self.deadline.as_deref();
        let deadline: Option<Duration> = deadline.and_then(|text| duration("tasks.deadline", text, problems));
        if let Some(deadline) = deadline {
            tasks.deadline = deadline;
        }
        match self.worker_jobs {
            Some(jobs @ 1..=MOST_JOBS) => config.workers.jobs = jobs,
            Some(_) => problems.add("tasks.worker_jobs", words::out_of_bounds(1, MOST_JOBS as usize)),
            None => {}
        }
        for (lane, raw, limits) in [
            ("async", &self.asynchronous, &mut tasks.asynchronous),
            ("blocking", &self.blocking, &mut tasks.blocking),
            ("process", &self.process, &mut tasks.process),
        ] {
            raw.apply(lane, limits, problems);
        }
    }
}

impl RawLane {
    /// What is not said of a person and of a chat goes with how many may run in all, where that is said and is less.
    fn apply(&self, lane: &str, limits: &mut LaneLimits, problems: &mut Problems) {
        if let Some(running) = self.running {
            limits.per_person = limits.per_person.min(running.max(1));
            limits.per_chat = limits.per_chat.min(running.max(1));
        }
        for (key, value, least, place) in [
            ("running", self.running, 1, &mut limits.running),
            ("per_person", self.per_person, 1, &mut limits.per_person),
            ("per_chat", self.per_chat, 1, &mut limits.per_chat),
            ("waiting", self.waiting, 0, &mut limits.waiting),
            (
                "waiting_per_person",
                self.waiting_per_person,
                0,
                &mut limits.waiting_per_person,
            ),
        ] {
            match value {
                Some(value) if (least..=MOST).contains(&value) => *place = value,
                Some(_) => problems.add(format!("tasks.{lane}.{key}"), words::out_of_bounds(least, MOST)),
                None => {}
            }
        }
    }
}
