//! The bounds that every engine keeps, checked before anything is written. Owns nothing.

use std::collections::HashMap;

use super::{
    BATCH_BOUND, BODY_LIMIT, Batch, BotAccount, COMMITS_BOUND, Commit, NewEvent, StateKey, StoreError,
    StoreErrorKind, Write,
};

/// Whether a batch is within the bounds.
///
/// # Errors
///
/// What [`Store::ingest`](super::Store::ingest) says.
pub fn check_batch(batch: &Batch) -> Result<(), StoreError> {
    let operation = "ingest";
    bound(operation, "number of events", batch.events.len(), BATCH_BOUND)?;
    for new in &batch.events {
        event(operation, new)?;
        if account(new) != batch.source.bot {
            let other = "the conversation of an event is of another account than its source";
            return Err(StoreError::new(operation, StoreErrorKind::Invalid(other)));
        }
    }
    Ok(())
}

/// Whether commits are within the bounds.
///
/// # Errors
///
/// What [`Store::commit`](super::Store::commit) says.
pub fn check_commits(commits: &[Commit]) -> Result<(), StoreError> {
    let operation = "commit";
    bound(operation, "number of commits", commits.len(), COMMITS_BOUND)?;
    for commit in commits {
        bound(operation, "number of writes", commit.writes.len(), BATCH_BOUND)?;
        for write in &commit.writes {
            match write {
                Write::State(state) => body(operation, state.body.as_deref())?,
                Write::Send(outgoing) | Write::SendNow(outgoing) => body(operation, Some(&outgoing.body))?,
                Write::Event(new) => event(operation, new)?,
                Write::AddJob(job) => body(operation, Some(&job.body))?,
                Write::Task(task) => {
                    body(operation, Some(&task.body))?;
                    body(operation, task.checkpoint.as_deref())?;
                }
                Write::Value { body: value, .. } => body(operation, value.as_deref())?,
                Write::Begin(_)
                | Write::Settle(_)
                | Write::MoveJob { .. }
                | Write::DropJob(_)
                | Write::DropTask(_) => {}
            }
        }
    }
    Ok(())
}

/// The first state of a commit that is not at the version its write expects, with the version it has. Writes of one
/// commit see those before them.
///
/// # Errors
///
/// What `version` fails with; it says which version a state has, 0 for none.
pub fn first_conflict<E>(
    commit: &Commit,
    mut version: impl FnMut(&StateKey) -> Result<u64, E>,
) -> Result<Option<(StateKey, u64)>, E> {
    let expects = |write: &Write| matches!(write, Write::State(state) if state.expected.is_some());
    if !commit.writes.iter().any(expects) {
        return Ok(None);
    }
    let mut seen: HashMap<&StateKey, u64> = HashMap::new();
    for write in &commit.writes {
        let Write::State(state) = write else { continue };
        let found = match seen.get(&state.key) {
            Some(found) => *found,
            None => version(&state.key)?,
        };
        if state.expected.is_some_and(|expected| expected != found) {
            return Ok(Some((state.key.clone(), found)));
        }
        seen.insert(&state.key, found + 1);
    }
    Ok(None)
}

/// The account that an event's id is unique in.
fn account(event: &NewEvent) -> BotAccount {
    BotAccount::of(&event.conversation.chat)
}

fn event(operation: &'static str, event: &NewEvent) -> Result<(), StoreError> {
    body(operation, Some(&event.body))
}

fn body(operation: &'static str, body: Option<&[u8]>) -> Result<(), StoreError> {
    bound(
        operation,
        "a body in bytes",
        body.map_or(0, <[u8]>::len),
        BODY_LIMIT,
    )
}

fn bound(operation: &'static str, what: &'static str, found: usize, limit: usize) -> Result<(), StoreError> {
    if found <= limit {
        return Ok(());
    }
    let kind = StoreErrorKind::TooLarge {
        what,
        found: found as u64,
        limit: limit as u64,
    };
    Err(StoreError::new(operation, kind))
}
