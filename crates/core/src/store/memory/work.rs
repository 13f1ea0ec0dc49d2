//! Jobs and tasks. Pure state.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use smol_str::SmolStr;

use super::super::{BotAccount, Counts, DueRequest, Job, JobId, JobOwner, NewJob, StoredTask, Timestamp};
use crate::task::TaskId;

#[derive(Debug, Default)]
pub(super) struct Work {
    jobs: BTreeMap<JobId, Job>,
    /// The jobs by the time they are due.
    due: BTreeSet<(Timestamp, JobId)>,
    /// Those with an origin.
    origins: HashMap<SmolStr, JobId>,
    last_job: u64,
    tasks: BTreeMap<TaskId, StoredTask>,
    last_task: u64,
}

impl Work {
    pub(super) fn add(&mut self, ask: NewJob, now: Timestamp) -> JobId {
        if let Some(kept) = ask.origin.as_ref().and_then(|origin| self.origins.get(origin)) {
            return *kept;
        }
        self.last_job += 1;
        let id = JobId(self.last_job);
        if let Some(origin) = &ask.origin {
            self.origins.insert(origin.clone(), id);
        }
        self.due.insert((ask.due, id));
        let created = now;
        self.jobs.insert(id, Job { id, created, ask });
        id
    }

    pub(super) fn move_to(&mut self, id: JobId, due: Timestamp) {
        if let Some(job) = self.jobs.get_mut(&id) {
            self.due.remove(&(job.ask.due, id));
            job.ask.due = due;
            self.due.insert((due, id));
        }
    }

    pub(super) fn drop_job(&mut self, id: JobId) {
        if let Some(job) = self.jobs.remove(&id) {
            self.due.remove(&(job.ask.due, id));
            if let Some(origin) = &job.ask.origin {
                self.origins.remove(origin);
            }
        }
    }

    pub(super) fn due(&self, request: &DueRequest) -> Vec<Job> {
        let due = self.due.iter().take_while(|(at, _)| *at <= request.now);
        let jobs = due.filter_map(|(_, id)| self.jobs.get(id));
        let served = jobs.filter(|job| request.bots.contains(&BotAccount::of(&job.ask.chat)));
        served.take(request.limit).cloned().collect()
    }

    pub(super) fn jobs(&self, owner: &JobOwner) -> Vec<Job> {
        let owned = |job: &&Job| match owner {
            JobOwner::Chat(chat) => job.ask.chat == *chat,
            JobOwner::Person(person) => job.ask.person == *person,
        };
        let jobs = self.due.iter().filter_map(|(_, id)| self.jobs.get(id));
        jobs.filter(owned).cloned().collect()
    }

    pub(super) fn next_due(&self, bots: &[BotAccount]) -> Option<Timestamp> {
        let jobs = self
            .due
            .iter()
            .filter_map(|(at, id)| Some((at, self.jobs.get(id)?)));
        let mut served = jobs.filter(|(_, job)| bots.contains(&BotAccount::of(&job.ask.chat)));
        served.next().map(|(at, _)| *at)
    }

    pub(super) fn all_jobs(&self) -> impl Iterator<Item = &Job> {
        self.jobs.values()
    }

    pub(super) fn forget_jobs(&mut self, about: impl Fn(&Job) -> bool) -> u64 {
        let ids: Vec<_> = self
            .all_jobs()
            .filter(|job| about(job))
            .map(|job| job.id)
            .collect();
        for id in &ids {
            self.drop_job(*id);
        }
        ids.len() as u64
    }

    pub(super) fn put_task(&mut self, task: StoredTask) {
        self.last_task = self.last_task.max(task.record.id.0);
        self.tasks.insert(task.record.id, task);
    }

    pub(super) fn drop_task(&mut self, id: TaskId) {
        self.tasks.remove(&id);
    }

    pub(super) fn tasks(&self) -> Vec<StoredTask> {
        let mut tasks: Vec<_> = self.tasks.values().cloned().collect();
        tasks.sort_by_key(|task| (task.place, task.record.id));
        tasks
    }

    pub(super) fn reserve(&mut self, count: u32) -> TaskId {
        let first = self.last_task + 1;
        self.last_task += u64::from(count);
        TaskId(first)
    }

    pub(super) fn forget_tasks(&mut self, about: impl Fn(&StoredTask) -> bool) -> u64 {
        let before = self.tasks.len();
        self.tasks.retain(|_, task| !about(task));
        (before - self.tasks.len()) as u64
    }

    pub(super) fn count(&self, counts: &mut Counts) {
        counts.jobs = self.jobs.len() as u64;
        counts.tasks = self.tasks.len() as u64;
    }
}
