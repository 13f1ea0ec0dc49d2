//! The store that forgets: everything in memory, for tests and for bots without durability. Owns what it keeps, behind
//! one lock that is never held across an await.

mod inbox;
mod outbox;
mod people;
mod personal;
mod work;

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use smol_str::SmolStr;

use self::inbox::Inbox;
use self::outbox::Outbox;
use self::people::People;
use self::work::Work;
use super::{
    Account, Batch, BotAccount, Claim, ClaimRequest, Commit, Committed, Counts, DeadId, DeadLetter,
    DueRequest, Forgotten, Hold, IDS_KEPT, Ingested, Job, JobOwner, LinkCode, LinkGuess, LinkedPerson,
    Looked, NextDue, Outcome, Outgoing, OutgoingId, OutgoingState, Page, PersonalData, Position, Pruned,
    Redeemed, Settlement, SourceId, StateKey, StateValue, StateWrite, Store, StoreError, StoreErrorKind,
    StoredTask, TakeRequest, Timestamp, Write, check_batch, check_commits, first_conflict,
};
use crate::id::Person;
use crate::task::TaskId;

/// How many ids of events are remembered at most; beyond it the oldest are forgotten before their time.
pub const MEMORY_IDS_KEPT: usize = 65_536;

/// Keeps everything in memory: the same behaviour as a durable store, except that nothing survives the process, that
/// at most [`MEMORY_IDS_KEPT`] event ids are remembered, and that only the newest thousand things that left the outbox
/// can be looked up.
#[derive(Debug, Default)]
pub struct MemoryStore {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    closed: bool,
    positions: HashMap<SourceId, Position>,
    inbox: Inbox,
    outbox: Outbox,
    states: HashMap<StateKey, Kept>,
    work: Work,
    people: People,
    values: HashMap<SmolStr, Small>,
}

/// A state, and when it was written.
#[derive(Debug)]
struct Kept {
    value: StateValue,
    at: Timestamp,
}

/// A small value, and until when it is there.
#[derive(Debug)]
struct Small {
    body: Bytes,
    until: Option<Timestamp>,
}

impl MemoryStore {
    /// An empty one.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does something when the future is first polled, so that one that is dropped before has done nothing.
    fn with<'a, T: Send + 'a>(
        &'a self,
        operation: &'static str,
        work: impl FnOnce(&mut Inner) -> Result<T, StoreError> + Send + 'a,
    ) -> BoxFuture<'a, Result<T, StoreError>> {
        async move {
            let mut inner = self.lock();
            if inner.closed {
                return Err(StoreError::new(operation, StoreErrorKind::Closed));
            }
            work(&mut inner)
        }
        .boxed()
    }
}

impl Inner {
    fn ingest(&mut self, batch: Batch) -> Result<Ingested, StoreError> {
        check_batch(&batch)?;
        let mut ingested = Ingested::default();
        for event in batch.events {
            ingested.events.push(self.inbox.push(event, batch.now));
        }
        if let Some(position) = batch.position {
            self.positions.insert(batch.source, position);
        }
        Ok(ingested)
    }

    fn commit(&mut self, commit: Commit) -> Outcome {
        if let Some(turn) = &commit.turn
            && !self.inbox.holds(&turn.hold)
        {
            return Outcome::Stale;
        }
        let states = &self.states;
        let version = |key: &StateKey| Ok(states.get(key).map_or(0, |kept| kept.value.version));
        let checked: Result<_, std::convert::Infallible> = first_conflict(&commit, version);
        let Ok(conflict) = checked;
        if let Some((key, found)) = conflict {
            return Outcome::Conflict { key, found };
        }
        let now = commit.now;
        let mut made = Committed::default();
        for write in commit.writes {
            self.write(write, now, &mut made);
        }
        if let Some(turn) = commit.turn {
            self.inbox.end(turn, now, &mut made);
        }
        Outcome::Committed(made)
    }

    fn write(&mut self, write: Write, now: Timestamp, made: &mut Committed) {
        match write {
            Write::State(state) => self.write_state(state, now),
            Write::Send(outgoing) => made.outgoing.push(self.outbox.push(outgoing, now)),
            Write::SendNow(outgoing) => {
                let id = self.outbox.push(outgoing, now);
                made.outgoing.push(id);
                if self.outbox.begin_alone(id, now) {
                    made.begun.push(id);
                }
            }
            Write::Begin(id) => made.begun.extend(self.outbox.begin(id).then_some(id)),
            Write::Settle(settlement) => {
                self.outbox.settle(settlement);
            }
            Write::Event(event) => {
                let admitted = self.inbox.push(event, now);
                made.events += usize::from(admitted != super::Admitted::Duplicate);
            }
            Write::AddJob(job) => made.jobs.push(self.work.add(job, now)),
            Write::MoveJob { id, due } => self.work.move_to(id, due),
            Write::DropJob(id) => {
                self.work.drop_job(id);
            }
            Write::Task(task) => self.work.put_task(task),
            Write::DropTask(id) => {
                self.work.drop_task(id);
            }
            Write::Value { key, body, until } => {
                match body {
                    Some(body) => self.values.insert(key, Small { body, until }),
                    None => self.values.remove(&key),
                };
            }
        }
    }

    fn write_state(&mut self, write: StateWrite, now: Timestamp) {
        let version = self.states.get(&write.key).map_or(0, |kept| kept.value.version) + 1;
        let value = StateValue {
            version,
            body: write.body,
        };
        self.states.insert(write.key, Kept { value, at: now });
    }

    fn prune(&mut self, now: Timestamp) -> Pruned {
        let before = self.states.len();
        let old = now.minus(IDS_KEPT);
        self.states
            .retain(|_, kept| kept.value.body.is_some() || kept.at >= old);
        let values = self.values.len();
        self.values
            .retain(|_, value| value.until.is_none_or(|until| until > now));
        Pruned {
            ids: self.inbox.prune(old),
            outgoing: self.outbox.prune(now),
            states: (before - self.states.len()) as u64,
            conversations: 0,
            codes: self.people.prune(now),
            values: (values - self.values.len()) as u64,
        }
    }

    fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        self.inbox.count(&mut counts);
        self.outbox.count(&mut counts);
        self.work.count(&mut counts);
        counts
    }
}

impl Store for MemoryStore {
    fn ingest(&self, batch: Batch) -> BoxFuture<'_, Result<Ingested, StoreError>> {
        self.with("ingest", move |inner| inner.ingest(batch))
    }

    fn position<'a>(&'a self, source: &'a SourceId) -> BoxFuture<'a, Result<Option<Position>, StoreError>> {
        self.with("position", |inner| Ok(inner.positions.get(source).cloned()))
    }

    fn claim(&self, request: ClaimRequest) -> BoxFuture<'_, Result<Vec<Claim>, StoreError>> {
        self.with("claim", move |inner| Ok(inner.inbox.claim(&request)))
    }

    fn release(&self, holds: Vec<Hold>, now: Timestamp) -> BoxFuture<'_, Result<usize, StoreError>> {
        self.with("release", move |inner| {
            Ok(holds.iter().filter(|hold| inner.inbox.release(hold, now)).count())
        })
    }

    fn commit(&self, commits: Vec<Commit>) -> BoxFuture<'_, Result<Vec<Outcome>, StoreError>> {
        self.with("commit", move |inner| {
            check_commits(&commits)?;
            Ok(commits.into_iter().map(|commit| inner.commit(commit)).collect())
        })
    }

    fn dead(&self, page: Page<DeadId>) -> BoxFuture<'_, Result<Vec<DeadLetter>, StoreError>> {
        self.with("dead", move |inner| Ok(inner.inbox.dead(page)))
    }

    fn retry_dead(&self, ids: Vec<DeadId>, now: Timestamp) -> BoxFuture<'_, Result<usize, StoreError>> {
        self.with("retry_dead", move |inner| {
            Ok(ids.iter().filter(|id| inner.inbox.retry_dead(**id, now)).count())
        })
    }

    fn delete_dead(&self, ids: Vec<DeadId>) -> BoxFuture<'_, Result<usize, StoreError>> {
        self.with("delete_dead", move |inner| {
            Ok(ids.iter().filter(|id| inner.inbox.delete_dead(**id)).count())
        })
    }

    fn take(&self, request: TakeRequest) -> BoxFuture<'_, Result<Vec<Outgoing>, StoreError>> {
        self.with("take", move |inner| Ok(inner.outbox.take(&request)))
    }

    fn settle(
        &self,
        settlements: Vec<Settlement>,
    ) -> BoxFuture<'_, Result<Vec<Option<OutgoingState>>, StoreError>> {
        self.with("settle", move |inner| {
            let settled = settlements
                .into_iter()
                .map(|settlement| inner.outbox.settle(settlement));
            Ok(settled.collect())
        })
    }

    fn outgoing(&self, id: OutgoingId) -> BoxFuture<'_, Result<Option<Outgoing>, StoreError>> {
        self.with("outgoing", move |inner| Ok(inner.outbox.get(id)))
    }

    fn outgoing_in(
        &self,
        state: OutgoingState,
        page: Page<OutgoingId>,
    ) -> BoxFuture<'_, Result<Vec<Outgoing>, StoreError>> {
        self.with("outgoing_in", move |inner| Ok(inner.outbox.list(state, page)))
    }

    fn state(&self, keys: Vec<StateKey>) -> BoxFuture<'_, Result<Vec<Option<StateValue>>, StoreError>> {
        self.with("state", move |inner| {
            let find = |key| inner.states.get(key).map(|kept| kept.value.clone());
            Ok(keys.iter().map(find).collect())
        })
    }

    fn due(&self, request: DueRequest) -> BoxFuture<'_, Result<Vec<Job>, StoreError>> {
        self.with("due", move |inner| Ok(inner.work.due(&request)))
    }

    fn jobs<'a>(&'a self, owner: &'a JobOwner) -> BoxFuture<'a, Result<Vec<Job>, StoreError>> {
        self.with("jobs", |inner| Ok(inner.work.jobs(owner)))
    }

    fn tasks(&self) -> BoxFuture<'_, Result<Vec<StoredTask>, StoreError>> {
        self.with("tasks", |inner| Ok(inner.work.tasks()))
    }

    fn reserve_task_ids(&self, count: u32) -> BoxFuture<'_, Result<TaskId, StoreError>> {
        self.with("reserve_task_ids", move |inner| Ok(inner.work.reserve(count)))
    }

    fn person<'a>(&'a self, account: &'a Account) -> BoxFuture<'a, Result<Option<LinkedPerson>, StoreError>> {
        self.with("person", |inner| Ok(inner.people.of(account)))
    }

    fn offer_link(&self, code: LinkCode) -> BoxFuture<'_, Result<(), StoreError>> {
        self.with("offer_link", move |inner| inner.people.offer(code))
    }

    fn look_at_link(&self, guess: LinkGuess) -> BoxFuture<'_, Result<Looked, StoreError>> {
        self.with("look_at_link", move |inner| Ok(inner.people.look(&guess)))
    }

    fn redeem_link(&self, guess: LinkGuess) -> BoxFuture<'_, Result<Redeemed, StoreError>> {
        self.with("redeem_link", move |inner| {
            Ok(inner.people.redeem(&guess, &mut inner.states))
        })
    }

    fn unlink<'a>(&'a self, account: &'a Account) -> BoxFuture<'a, Result<bool, StoreError>> {
        self.with("unlink", |inner| {
            Ok(inner.people.unlink(account, &mut inner.states))
        })
    }

    fn value<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Bytes>, StoreError>> {
        self.with("value", move |inner| {
            Ok(inner.values.get(key).map(|value| value.body.clone()))
        })
    }

    fn export<'a>(&'a self, person: &'a Person) -> BoxFuture<'a, Result<PersonalData, StoreError>> {
        self.with("export", |inner| Ok(inner.export(person)))
    }

    fn forget<'a>(&'a self, person: &'a Person) -> BoxFuture<'a, Result<Forgotten, StoreError>> {
        self.with("forget", |inner| Ok(inner.forget(person)))
    }

    fn prune(&self, now: Timestamp) -> BoxFuture<'_, Result<Pruned, StoreError>> {
        self.with("prune", move |inner| Ok(inner.prune(now)))
    }

    fn counts(&self) -> BoxFuture<'_, Result<Counts, StoreError>> {
        self.with("counts", |inner| Ok(inner.counts()))
    }

    fn next_due(&self, bots: Vec<BotAccount>) -> BoxFuture<'_, Result<NextDue, StoreError>> {
        self.with("next_due", move |inner| {
            Ok(NextDue {
                conversation: inner.inbox.next_due(&bots),
                outgoing: inner.outbox.next_due(&bots),
                job: inner.work.next_due(&bots),
            })
        })
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        async move { self.lock().closed = true }.boxed()
    }
}
