//! What a turn keeps: jobs, and the writes that wait for its end. Owns those writes while the turn is open.

use std::sync::atomic::Ordering;
use std::sync::{Arc, MutexGuard, PoisonError};

use bytes::Bytes;
use smol_str::SmolStr;

use super::Context;
use crate::durable::{Resumed, checkpoint_key};
use crate::engine::Shared;
use crate::id::Person;
use crate::jobs::JobAsk;
use crate::outbox::Outbox;
use crate::reply::HandlerError;
use crate::store::{
    Account, Commit, Committed, Job, JobId, JobOwner, NewEvent, NewJob, StateKey, StateWrite, Timestamp,
    Write,
};

/// What a turn has written.
#[derive(Default)]
pub(super) struct Ledger {
    states: Vec<StateWrite>,
    others: Vec<Write>,
}

impl Ledger {
    /// An empty one, but for the tasks that go on with the turn: they take their checkpoints with them.
    pub(super) fn new(resumed: &[Resumed]) -> Self {
        Self {
            states: Vec::new(),
            others: resumed.iter().map(checkpoint_gone).collect(),
        }
    }
}

impl Ledger {
    /// Adds a write. Of several of one task the newest counts.
    fn push(&mut self, write: Write) {
        let id = match &write {
            Write::Task(task) => Some(task.record.id),
            _ => None,
        };
        let newest = self.others.iter_mut().rev().find(|other| match other {
            Write::Task(task) => Some(task.record.id) == id,
            Write::DropTask(dropped) => Some(*dropped) == id,
            _ => false,
        });
        match newest {
            Some(other @ Write::Task(_)) => *other = write,
            _ => self.others.push(write),
        }
    }
}

fn checkpoint_gone(task: &Resumed) -> Write {
    Write::Value {
        key: checkpoint_key(task.id),
        body: None,
        until: None,
    }
}

impl Context {
    /// Makes a job: its handler, set by [`Router::job`](crate::Router::job), runs when it is due, also after a restart.
    /// It belongs to this chat and to the person who asks.
    ///
    /// # Errors
    ///
    /// What makes the schedule none, or the store's.
    pub async fn schedule(&self, ask: JobAsk) -> Result<JobId, HandlerError> {
        let job = NewJob {
            chat: self.chat().clone(),
            person: self.person(),
            origin: Some(self.origin(ask.name)),
            name: ask.name.into(),
            due: ask.schedule.first(self.now())?,
            repeat: ask.schedule.repeat(),
            missed: ask.missed,
            body: serde_json::to_vec(&ask.body)?.into(),
        };
        let made = self.write(Write::AddJob(job)).await?;
        let id = made.jobs.first().copied().ok_or("the store made no job")?;
        Ok(id)
    }

    /// The jobs of a name that the person has asked for, on all linked accounts, by the time they are due.
    ///
    /// # Errors
    ///
    /// That of the store.
    pub async fn jobs(&self, name: &str) -> Result<Vec<Job>, HandlerError> {
        let mut found = Vec::new();
        for person in self.persons().await? {
            let jobs = self.store().jobs(&JobOwner::Person(person)).await?;
            found.extend(jobs.into_iter().filter(|job| job.ask.name == name));
        }
        found.sort_by_key(|job| (job.ask.due, job.id));
        Ok(found)
    }

    /// The person on each of the linked accounts; the one of the event alone where none is linked.
    pub(crate) async fn persons(&self) -> Result<Vec<Person>, HandlerError> {
        let Some(user) = self.user() else {
            return Ok(vec![self.person()]);
        };
        let account = Account {
            network: self.network(),
            user: user.id.clone(),
        };
        let Some(linked) = self.store().person(&account).await? else {
            return Ok(vec![self.person()]);
        };
        let persons = linked
            .accounts
            .into_iter()
            .map(|account| Person::User(account.network, account.user));
        Ok(persons.collect())
    }

    /// Gives a job another time. Does nothing where it is gone.
    ///
    /// # Errors
    ///
    /// That of the store.
    pub async fn move_job(&self, id: JobId, due: Timestamp) -> Result<(), HandlerError> {
        self.write(Write::MoveJob { id, due }).await.map(drop)
    }

    /// Takes a job away. Does nothing where it is gone.
    ///
    /// # Errors
    ///
    /// That of the store.
    pub async fn drop_job(&self, id: JobId) -> Result<(), HandlerError> {
        self.write(Write::DropJob(id)).await.map(drop)
    }

    /// A name for the next job that this turn makes, the same whenever the turn runs.
    fn origin(&self, name: &str) -> SmolStr {
        let event = self.event();
        let id = self.turn.first.as_ref().unwrap_or(&event.id);
        let place = self.turn.made.fetch_add(1, Ordering::Relaxed);
        smol_str::format_smolstr!(
            "{}.{}.{id}.{name}.{place}",
            event.chat.network,
            event.chat.account
        )
    }

    /// A state that this turn has written, with the version that was there before.
    pub(crate) fn written_state(&self, key: &StateKey) -> Option<(Option<Bytes>, u64)> {
        let ledger = self.ledger();
        let write = ledger.as_ref()?.states.iter().find(|write| write.key == *key)?;
        Some((write.body.clone(), write.expected.unwrap_or_default()))
    }

    /// Keeps a write of a state for the turn's end; gives it back where it is to be written at once.
    pub(crate) fn write_state(&self, write: StateWrite) -> Option<StateWrite> {
        let mut ledger = self.ledger();
        let Some(ledger) = ledger.as_mut() else {
            return Some(write);
        };
        match ledger.states.iter_mut().find(|other| other.key == write.key) {
            Some(other) => other.body = write.body,
            None => ledger.states.push(write),
        }
        None
    }

    /// Keeps another write for the turn's end; gives it back where there is none to wait for.
    pub(crate) fn write_later(&self, write: Write) -> Option<Write> {
        match self.ledger().as_mut() {
            Some(ledger) => {
                ledger.push(write);
                None
            }
            None => Some(write),
        }
    }

    /// Keeps a write with the turn's end, or at once where that is past. A fault is logged, and what was to be kept is
    /// as it was.
    pub(crate) async fn keep(&self, write: Write) {
        let Some(write) = self.write_later(write) else {
            return;
        };
        let commit = Commit::writes(vec![write], self.now());
        if let Err(error) = self.store().commit(vec![commit]).await {
            tracing::error!(%error, chat = %self.chat(), "not kept");
        }
    }

    /// Puts an event into its conversation, with the turn's end.
    pub(crate) async fn put_event(&self, event: NewEvent) -> Result<(), HandlerError> {
        if let Some(durable) = &self.turn.shared.durable {
            durable.count(&event.conversation);
        }
        if let Some(write) = self.write_later(Write::Event(event)) {
            self.write(write).await?;
        }
        Ok(())
    }

    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.turn.shared
    }

    /// Ends the time in which writes wait for the turn's end, and gives them.
    pub(crate) fn close(&self) -> Vec<Write> {
        let ledger = self.ledger().take().unwrap_or_default();
        let states = ledger.states.into_iter().map(Write::State);
        states.chain(ledger.others).collect()
    }

    fn ledger(&self) -> MutexGuard<'_, Option<Ledger>> {
        self.turn.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The outbox of the event's network.
    pub(crate) fn outbox(&self) -> &Outbox {
        &self.turn.outbox
    }

    async fn write(&self, write: Write) -> Result<Committed, HandlerError> {
        let outcomes = self
            .store()
            .commit(vec![Commit::writes(vec![write], self.now())])
            .await?;
        self.turn.shared.jobs.changed.notify_one();
        let committed = outcomes
            .into_iter()
            .find_map(|outcome| outcome.committed().cloned());
        Ok(committed.ok_or("the store has not kept it")?)
    }
}
