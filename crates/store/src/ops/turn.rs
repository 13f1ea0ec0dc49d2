//! The ends of turns, and the dead letters.

use std::time::Duration;

use rusqlite::params;

use duologue_core::Conversation;
use duologue_core::store::{
    Admitted, Commit, Committed, DeadId, DeadLetter, Failure, MAX_ATTEMPTS, Outcome, Page, StoredEvent, Then,
    Timestamp, TurnEnd, Write, first_conflict,
};

use super::{inbox, state, work};
use crate::fault::{Result, impossible};
use crate::live::Live;
use crate::tx::{Tx, column, first, limit, number, rows, str_at, time, user_at};

pub(crate) fn commit(tx: &Tx<'_>, live: &mut Live, commits: &[Commit]) -> Result<Vec<Outcome>> {
    commits.iter().map(|commit| one(tx, live, commit)).collect()
}

/// Everything is checked before anything is written, so one that is refused leaves nothing behind.
fn one(tx: &Tx<'_>, live: &mut Live, commit: &Commit) -> Result<Outcome> {
    let mut turn = None;
    if let Some(end) = &commit.turn {
        match live.inbox.held(&end.hold) {
            Some(id) => turn = Some((id, end)),
            None => return Ok(Outcome::Stale),
        }
    }
    if let Some((key, found)) = first_conflict(commit, |key| state::version(tx, key))? {
        return Ok(Outcome::Conflict { key, found });
    }
    let mut made = Committed::default();
    for write in &commit.writes {
        apply(tx, live, write, commit.now, &mut made)?;
    }
    if let Some((id, end)) = turn {
        finish(tx, live, id, end, commit.now, &mut made)?;
    }
    Ok(Outcome::Committed(made))
}

fn apply(tx: &Tx<'_>, live: &mut Live, write: &Write, now: Timestamp, made: &mut Committed) -> Result<()> {
    match write {
        Write::State(write) => state::write(tx, write, now)?,
        Write::Send(outgoing) => {
            let (id, _) = live.outbox.push(outgoing, false, now, &mut live.journal)?;
            made.outgoing.push(id);
        }
        Write::SendNow(outgoing) => {
            let (id, begun) = live.outbox.push(outgoing, true, now, &mut live.journal)?;
            made.outgoing.push(id);
            made.begun.extend(begun.then_some(id));
        }
        Write::Begin(id) => {
            let begun = live.outbox.begin(*id, &mut live.journal)?;
            made.begun.extend(begun.then_some(*id));
        }
        Write::Settle(settlement) => {
            live.outbox.settle(settlement, &mut live.journal)?;
        }
        Write::Event(event) => {
            let admitted = inbox::push(tx, live, event, now)?;
            made.events += usize::from(admitted != Admitted::Duplicate);
        }
        Write::AddJob(job) => made.jobs.push(work::add_job(tx, job, now)?),
        Write::MoveJob { id, due } => work::move_job(tx, *id, *due)?,
        Write::DropJob(id) => work::drop_job(tx, *id)?,
        Write::Task(task) => work::put_task(tx, task)?,
        Write::DropTask(id) => work::drop_task(tx, *id)?,
        Write::Value { key, body, until } => state::put_value(tx, key, body.as_deref(), *until)?,
        _ => return Err(impossible("a write of an unknown kind")),
    }
    Ok(())
}

fn finish(
    tx: &Tx<'_>,
    live: &mut Live,
    id: i64,
    end: &TurnEnd,
    now: Timestamp,
    made: &mut Committed,
) -> Result<()> {
    for number in &end.handled {
        live.inbox.leave(id, *number, &mut live.journal)?;
    }
    let mut again = now;
    if let Some(failure) = &end.failed {
        match fail(tx, live, id, &end.hold.conversation, failure, now)? {
            Failed::Again => again = now.plus(failure.pause),
            Failed::Dead(dead) => made.dead = Some(dead),
            Failed::Gone => {}
        }
    }
    let together = end.failed.is_some() || !end.handled.is_empty();
    made.more = match end.then {
        Then::Release => live
            .inbox
            .free(tx.opening, id, again, together, &mut live.journal)?,
        Then::Hold if together => live.inbox.together(id, &mut live.journal)?,
        Then::Hold => live.inbox.has_events(id),
    };
    Ok(())
}

/// What became of an event that could not be handled.
enum Failed {
    /// It is tried again.
    Again,
    /// It was its last attempt.
    Dead(DeadId),
    /// It is not there.
    Gone,
}

fn fail(
    tx: &Tx<'_>,
    live: &mut Live,
    id: i64,
    at: &Conversation,
    failure: &Failure,
    now: Timestamp,
) -> Result<Failed> {
    let attempted = live.inbox.attempted(tx, id, failure.number, &mut live.journal)?;
    let Some(event) = attempted else {
        return Ok(Failed::Gone);
    };
    if event.attempts < MAX_ATTEMPTS && !failure.last {
        return Ok(Failed::Again);
    }
    live.inbox.leave(id, event.number, &mut live.journal)?;
    bury(tx, at, &event, &failure.error, now).map(Failed::Dead)
}

/// Makes a dead letter of an event that is in no conversation any more.
pub(crate) fn bury(
    tx: &Tx<'_>,
    at: &Conversation,
    event: &StoredEvent,
    error: &str,
    died: Timestamp,
) -> Result<DeadId> {
    let bury =
        "INSERT INTO dead (network, account, chat, thread, person, number, event, user, kind, received, sent,
             attempts, body, error, died)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15) RETURNING id";
    let chat = &at.chat;
    let values = params![
        chat.network.as_str(),
        chat.account.as_str(),
        chat.id.as_str(),
        crate::tx::thread(chat),
        crate::tx::user(at.user.as_ref()),
        column(event.number),
        event.id.as_str(),
        crate::tx::user(event.user.as_ref()),
        event.kind.as_str(),
        event.received.0,
        event.sent.map(|at| at.0),
        event.attempts,
        &event.body[..],
        error,
        died.0
    ];
    let id = first(tx.sql(bury)?, values, |row| number(row, 0))?;
    id.map(DeadId).ok_or(impossible("no dead letter"))
}

/// The columns that [`letter`] reads.
pub(crate) const LETTER: &str = "id, error, died, network, account, chat, thread, person,
    number, event, user, kind, received, sent, attempts, body";

/// Reads a dead letter from its [`LETTER`] columns.
pub(crate) fn letter(tx: &Tx<'_>, row: &rusqlite::Row<'_>) -> Result<DeadLetter> {
    Ok(DeadLetter {
        id: DeadId(number(row, 0)?),
        error: str_at(row, 1)?.to_owned(),
        died: time(row, 2)?,
        conversation: Conversation {
            chat: tx.chat(row, 3)?,
            user: user_at(row, 7)?,
        },
        event: inbox::event(row, 8)?,
    })
}

pub(crate) fn dead(tx: &Tx<'_>, page: Page<DeadId>) -> Result<Vec<DeadLetter>> {
    let find = format!("SELECT {LETTER} FROM dead WHERE id > ?1 ORDER BY id LIMIT ?2");
    let after = page.after.map_or(0, |id| column(id.0));
    rows(tx.sql(&find)?, params![after, limit(page.limit)], |row| {
        letter(tx, row)
    })
}

pub(crate) fn retry_dead(tx: &Tx<'_>, live: &mut Live, ids: &[DeadId], now: Timestamp) -> Result<usize> {
    let mut retried = 0;
    for id in ids {
        let take = format!("DELETE FROM dead WHERE id = ?1 RETURNING {LETTER}");
        let found = first(tx.sql(&take)?, [column(id.0)], |row| letter(tx, row))?;
        if let Some(letter) = found {
            let event = StoredEvent {
                attempts: 0,
                ..letter.event
            };
            inbox::append(tx, live, &letter.conversation, event, now, Duration::ZERO)?;
            retried += 1;
        }
    }
    Ok(retried)
}

pub(crate) fn delete_dead(tx: &Tx<'_>, ids: &[DeadId]) -> Result<usize> {
    let mut deleted = 0;
    for id in ids {
        deleted += tx
            .sql("DELETE FROM dead WHERE id = ?1")?
            .execute([column(id.0)])?;
    }
    Ok(deleted)
}
