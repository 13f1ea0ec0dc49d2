//! Events that come in, and how far their sources were read.

use std::time::Duration;

use rusqlite::params;

use duologue_core::store::{
    Admitted, Batch, BotAccount, Hold, Ingested, Keep, NewEvent, Position, SourceId, StoredEvent, Timestamp,
};
use duologue_core::{Conversation, EventId};

use crate::fault::{Result, impossible};
use crate::live::Live;
use crate::tx::{Tx, body, bot, column, first, number, text, time, time_or_none, user_at};

pub(crate) fn ingest(tx: &Tx<'_>, live: &mut Live, batch: &Batch) -> Result<Ingested> {
    let mut ingested = Ingested::default();
    for event in &batch.events {
        ingested.events.push(push(tx, live, event, batch.now)?);
    }
    if let Some(position) = &batch.position {
        live.read_until(&batch.source, position)?;
    }
    Ok(ingested)
}

/// Puts an event into its conversation, unless it was here before.
pub(crate) fn push(tx: &Tx<'_>, live: &mut Live, event: &NewEvent, now: Timestamp) -> Result<Admitted> {
    let account = BotAccount::of(&event.conversation.chat);
    if !live.note(tx, &account, &event.id, now)? {
        return Ok(Admitted::Duplicate);
    }
    if event.keep == Keep::IdOnly {
        return Ok(Admitted::Noted);
    }
    let stored = StoredEvent {
        number: 0,
        id: event.id.clone(),
        user: event.user.clone(),
        kind: event.kind.clone(),
        received: now,
        sent: event.sent,
        attempts: 0,
        body: event.body.clone(),
    };
    append(tx, live, &event.conversation, stored, now, event.wait).map(Admitted::Queued)
}

/// Puts an event at the end of a conversation under a number of its own.
pub(crate) fn append(
    tx: &Tx<'_>,
    live: &mut Live,
    at: &Conversation,
    event: StoredEvent,
    now: Timestamp,
    wait: Duration,
) -> Result<u64> {
    live.inbox
        .append(tx.opening, at, event, now, wait, &mut live.journal)
}

/// Reads an event whose columns begin at `at`: number, event, user, kind, received, sent, attempts, body.
pub(crate) fn event(row: &rusqlite::Row<'_>, at: usize) -> Result<StoredEvent> {
    Ok(StoredEvent {
        number: number(row, at)?,
        id: EventId::new(text(row, at + 1)?),
        user: user_at(row, at + 2)?,
        kind: text(row, at + 3)?,
        received: time(row, at + 4)?,
        sent: time_or_none(row, at + 5)?,
        attempts: row.get(at + 6)?,
        body: body(row, at + 7)?,
    })
}

pub(crate) fn put_position(tx: &Tx<'_>, source: &SourceId, position: &Position) -> Result<()> {
    let (offset, session, sequence, resume) = match position {
        Position::Offset(offset) => (Some(*offset), None, None, None),
        Position::Session { id, sequence, resume } => (
            None,
            Some(id.as_str()),
            Some(column(*sequence)),
            resume.as_deref(),
        ),
        _ => return Err(impossible("a position of an unknown kind")),
    };
    let put = "INSERT OR REPLACE INTO source (network, account, part, position, session, sequence, resume)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    let (network, account) = bot(&source.bot);
    let values = params![network, account, source.part, offset, session, sequence, resume];
    tx.sql(put)?.execute(values)?;
    Ok(())
}

pub(crate) fn position(tx: &Tx<'_>, source: &SourceId) -> Result<Option<Position>> {
    let find = "SELECT position, session, sequence, resume FROM source
         WHERE network = ?1 AND account = ?2 AND part = ?3";
    let (network, account) = bot(&source.bot);
    first(tx.sql(find)?, params![network, account, source.part], |row| {
        if let Some(offset) = row.get(0)? {
            return Ok(Position::Offset(offset));
        }
        let resume: Option<String> = row.get(3)?;
        Ok(Position::Session {
            id: text(row, 1)?,
            sequence: number(row, 2)?,
            resume: resume.map(Into::into),
        })
    })
}

pub(crate) fn release(tx: &Tx<'_>, live: &mut Live, holds: &[Hold], now: Timestamp) -> Result<usize> {
    let mut valid = 0;
    for hold in holds {
        if let Some(id) = live.inbox.held(hold) {
            live.inbox.free(tx.opening, id, now, false, &mut live.journal)?;
            valid += 1;
        }
    }
    Ok(valid)
}
