//! Events that come in, and conversations that are taken and given back.

use std::time::Duration;

use rusqlite::params;

use duologue_core::store::{
    Admitted, Batch, BotAccount, CLAIM_BYTES, Claim, ClaimRequest, Fence, Hold, Ingested, Keep, NewEvent,
    Position, SourceId, StoredEvent, Timestamp,
};
use duologue_core::{Conversation, EventId};

use crate::fault::{Result, impossible};
use crate::tx::{
    Tx, body, bot, column, first, limit, number, rows, text, thread, time, time_or_none, user, user_at,
};

pub(crate) fn ingest(tx: &Tx<'_>, batch: &Batch) -> Result<Ingested> {
    let mut ingested = Ingested::default();
    for event in &batch.events {
        ingested.events.push(push(tx, event, batch.now)?);
    }
    if let Some(position) = &batch.position {
        put_position(tx, &batch.source, position)?;
    }
    Ok(ingested)
}

/// Puts an event into its conversation, unless it was here before.
pub(crate) fn push(tx: &Tx<'_>, event: &NewEvent, now: Timestamp) -> Result<Admitted> {
    let chat = &event.conversation.chat;
    let (network, account) = (chat.network.as_str(), chat.account.as_str());
    let seen =
        "INSERT INTO seen (network, account, event, at) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING";
    let new = tx
        .sql(seen)?
        .execute(params![network, account, event.id.as_str(), now.0])?;
    if new == 0 {
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
    let number = append(tx, &event.conversation, &stored, now, event.wait)?;
    Ok(Admitted::Queued(number))
}

/// Puts an event at the end of a conversation under a number of its own.
pub(crate) fn append(
    tx: &Tx<'_>,
    at: &Conversation,
    event: &StoredEvent,
    now: Timestamp,
    wait: Duration,
) -> Result<u64> {
    // One that does not wait finds its conversation's time and leaves it: who is ready stays in its place.
    let upsert =
        "INSERT INTO conversation (network, account, chat, thread, user, tail, ready_at, line, touched)
         VALUES (?1, ?2, ?3, ?4, ?5, 1, ?8, ?7, ?6)
         ON CONFLICT (network, account, chat, thread, user) DO UPDATE SET
             tail = tail + 1, touched = excluded.touched,
             line = CASE WHEN ready_at IS NULL THEN excluded.line ELSE line END,
             wait_until = CASE WHEN ?9 AND owner IS NOT NULL THEN max(wait_until, excluded.ready_at)
                 ELSE wait_until END,
             ready_at = CASE WHEN ready_at IS NULL THEN excluded.ready_at
                 WHEN ?9 AND owner IS NULL THEN max(ready_at, excluded.ready_at)
                 ELSE ready_at END
         RETURNING id, tail";
    let chat = &at.chat;
    let key = params![
        chat.network.as_str(),
        chat.account.as_str(),
        chat.id.as_str(),
        thread(chat),
        user(at.user.as_ref()),
        now.0,
        tx.opening.next()?,
        now.plus(wait).0,
        !wait.is_zero()
    ];
    let read = |row: &rusqlite::Row<'_>| -> Result<(i64, u64)> { Ok((row.get(0)?, number(row, 1)?)) };
    let (conversation, number) = first(tx.sql(upsert)?, key, read)?.ok_or(impossible("no conversation"))?;
    let insert = "INSERT INTO inbox (conversation, number, event, user, kind, received, sent, attempts, body)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    tx.sql(insert)?.execute(params![
        conversation,
        column(number),
        event.id.as_str(),
        user(event.user.as_ref()),
        event.kind.as_str(),
        event.received.0,
        event.sent.map(|at| at.0),
        event.attempts,
        &event.body[..]
    ])?;
    Ok(number)
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

fn put_position(tx: &Tx<'_>, source: &SourceId, position: &Position) -> Result<()> {
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

/// A conversation that can be claimed.
struct Ready {
    place: (i64, i64),
    id: i64,
    conversation: Conversation,
}

pub(crate) fn claim(tx: &Tx<'_>, request: &ClaimRequest) -> Result<Vec<Claim>> {
    let held = "SELECT 1 FROM conversation WHERE alone = 1 AND owner IS NOT NULL LIMIT 1";
    let may_run_alone = first(tx.sql(held)?, [], |_| Ok(()))?.is_none();
    let (mut ready, mut alone) = (Vec::new(), Vec::new());
    for bot in &request.bots {
        ready.append(&mut line(tx, bot, 0, request.conversations, request.now)?);
        if may_run_alone {
            alone.append(&mut line(tx, bot, 1, 1, request.now)?);
        }
    }
    ready.extend(alone.into_iter().min_by_key(|one| one.place));
    ready.sort_by_key(|one| one.place);
    ready.truncate(request.conversations);

    let owner = tx.opening.owner();
    let mut claims = Vec::new();
    let mut bytes = 0;
    for Ready { id, conversation, .. } in ready {
        if bytes >= CLAIM_BYTES {
            break;
        }
        let fence = tx.opening.next()?;
        let hold = "UPDATE conversation SET owner = ?2, fence = ?3 WHERE id = ?1";
        tx.sql(hold)?.execute(params![id, owner, fence])?;
        let (events, more) = window(tx, id, request.events.max(1), &mut bytes)?;
        if events.is_empty() {
            return Err(impossible("a conversation that is ready without an event"));
        }
        let fence = Fence(u64::try_from(fence).map_err(|_| impossible("a fence below zero"))?);
        let hold = Hold { conversation, fence };
        claims.push(Claim { hold, events, more });
    }
    Ok(claims)
}

/// The first conversations of an account that can be claimed.
fn line(tx: &Tx<'_>, account: &BotAccount, alone: i64, most: usize, now: Timestamp) -> Result<Vec<Ready>> {
    let find = "SELECT ready_at, line, id, network, account, chat, thread, user FROM conversation
         WHERE network = ?1 AND account = ?2 AND alone = ?3 AND ready_at <= ?4 AND owner IS NULL
             AND ready_at IS NOT NULL
         ORDER BY ready_at, line LIMIT ?5";
    let (network, name) = bot(account);
    rows(
        tx.sql(find)?,
        params![network, name, alone, now.0, limit(most)],
        |row| {
            Ok(Ready {
                place: (row.get(0)?, row.get(1)?),
                id: row.get(2)?,
                conversation: Conversation {
                    chat: tx.chat(row, 3)?,
                    user: user_at(row, 7)?,
                },
            })
        },
    )
}

/// The first events of a conversation, and whether there are more.
fn window(tx: &Tx<'_>, id: i64, most: usize, bytes: &mut usize) -> Result<(Vec<StoredEvent>, bool)> {
    let find = "SELECT number, event, user, kind, received, sent, attempts, body FROM inbox
         WHERE conversation = ?1 ORDER BY number LIMIT ?2";
    let mut statement = tx.sql(find)?;
    let mut found = statement.query(params![id, limit(most.saturating_add(1))])?;
    let mut events = Vec::new();
    while let Some(row) = found.next()? {
        if events.len() == most || (*bytes >= CLAIM_BYTES && !events.is_empty()) {
            return Ok((events, true));
        }
        let event = event(row, 0)?;
        *bytes += event.body.len();
        events.push(event);
    }
    Ok((events, false))
}

/// The row of a conversation whose hold is valid.
pub(crate) fn held(tx: &Tx<'_>, hold: &Hold) -> Result<Option<i64>> {
    let find = "SELECT id FROM conversation
         WHERE network = ?1 AND account = ?2 AND chat = ?3 AND thread = ?4 AND user = ?5
             AND fence = ?6 AND owner IS NOT NULL";
    let chat = &hold.conversation.chat;
    let key = params![
        chat.network.as_str(),
        chat.account.as_str(),
        chat.id.as_str(),
        thread(chat),
        user(hold.conversation.user.as_ref()),
        column(hold.fence.0)
    ];
    first(tx.sql(find)?, key, |row| Ok(row.get(0)?))
}

/// Ends a hold; the conversation waits until `at`, and for what came meanwhile, where it has events left. Says whether it
/// has. With `together` its first event is not one any more that must run beside no other.
pub(crate) fn free(tx: &Tx<'_>, id: i64, at: Timestamp, together: bool) -> Result<bool> {
    let free = "UPDATE conversation SET owner = NULL, line = ?3, touched = max(touched, ?2),
             ready_at = CASE WHEN EXISTS (SELECT 1 FROM inbox WHERE conversation = ?1) THEN max(?2, wait_until) END,
             wait_until = 0, alone = alone AND NOT ?4
         WHERE id = ?1 RETURNING ready_at IS NOT NULL";
    let values = params![id, at.0, tx.opening.next()?, together];
    let left = first(tx.sql(free)?, values, |row| Ok(row.get(0)?))?;
    Ok(left.unwrap_or_default())
}

pub(crate) fn release(tx: &Tx<'_>, holds: &[Hold], now: Timestamp) -> Result<usize> {
    let mut valid = 0;
    for hold in holds {
        if let Some(id) = held(tx, hold)? {
            free(tx, id, now, false)?;
            valid += 1;
        }
    }
    Ok(valid)
}
