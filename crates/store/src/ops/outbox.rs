//! What goes out: in order per chat and lane, marked before it is sent.

use std::collections::BTreeSet;

use rusqlite::{Row, params};

use duologue_core::store::{
    NewOutgoing, Outgoing, OutgoingId, OutgoingState, Page, Policy, SendResult, Settlement, TakeRequest,
    Timestamp,
};
use duologue_core::{Chat, MessageId, Priority};

use crate::fault::{Result, impossible};
use crate::tx::{
    Tx, body, bot, column, first, limit, number, rows, str_at, thread, time, time_or_none, user, user_at,
};

const LANES: [Priority; 3] = [Priority::Answer, Priority::Progress, Priority::Broadcast];

/// Puts something into the outbox; says whether it is being sent from now on, which is so only where that is asked for
/// and nothing of its chat waits or is being sent.
pub(crate) fn push(
    tx: &Tx<'_>,
    ask: &NewOutgoing,
    at_once: bool,
    now: Timestamp,
) -> Result<(OutgoingId, bool)> {
    let insert = "INSERT INTO outbox (network, account, chat, thread, user, lane, policy, state, front, not_before,
             attempts, doubtful, created, messages, error, body)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0,
             NOT EXISTS (SELECT 1 FROM outbox WHERE network = ?1 AND account = ?2 AND chat = ?3 AND thread = ?4
                 AND lane = ?6 AND state < 2),
             ?8, 0, 0, ?9, '[]', '', ?10) RETURNING id, state";
    // Its state stands in four indexes: to write it once is half of the work.
    let insert_begun = "INSERT INTO outbox (network, account, chat, thread, user, lane, policy, state, front,
             not_before, attempts, doubtful, created, messages, error, body)
         SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, free, front, ?8, free, 0, ?9, '[]', '', ?10 FROM (
             SELECT NOT EXISTS (SELECT 1 FROM outbox WHERE network = ?1 AND account = ?2 AND chat = ?3
                     AND thread = ?4 AND state < 2) AND ?8 <= ?9 AS free,
                 NOT EXISTS (SELECT 1 FROM outbox WHERE network = ?1 AND account = ?2 AND chat = ?3
                     AND thread = ?4 AND lane = ?6 AND state < 2) AS front)
         RETURNING id, state";
    let chat = &ask.chat;
    let values = params![
        chat.network.as_str(),
        chat.account.as_str(),
        chat.id.as_str(),
        thread(chat),
        user(ask.user.as_ref()),
        lane(ask.priority),
        policy(ask.policy),
        ask.not_before.map_or(now, |at| at.max(now)).0,
        now.0,
        &ask.body[..]
    ];
    let sql = if at_once { insert_begun } else { insert };
    let pushed = first(tx.sql(sql)?, values, |row| {
        Ok((OutgoingId(number(row, 0)?), state_of(row.get(1)?)?))
    })?;
    let (id, state) = pushed.ok_or(impossible("nothing in the outbox"))?;
    Ok((id, state == OutgoingState::Sending))
}

pub(crate) fn take(tx: &Tx<'_>, request: &TakeRequest) -> Result<Vec<Outgoing>> {
    if let ([id], 1..) = (request.only.as_slice(), request.limit) {
        return take_one(tx, request, *id);
    }
    let mut taken: Vec<Outgoing> = Vec::new();
    for priority in LANES {
        let left = request.limit - taken.len();
        if left == 0 {
            break;
        }
        // What was taken in a lane before is marked by now, and its chat is left out here.
        let mut due = if request.only.is_empty() {
            due(tx, request, priority, left)?
        } else {
            due_of(tx, request, priority)?
        };
        due.sort_unstable();
        due.truncate(left);
        for (_, id) in due {
            taken.push(mark(tx, id)?);
        }
    }
    Ok(taken)
}

/// The same for a single one, in one statement.
fn take_one(tx: &Tx<'_>, request: &TakeRequest, id: OutgoingId) -> Result<Vec<Outgoing>> {
    let mark = format!(
        "UPDATE outbox AS one SET state = 1, attempts = attempts + 1
         WHERE id = ?1 AND network = ?2 AND account = ?3 AND not_before <= ?4 AND state = 0 AND front = 1 AND {FREE}
         RETURNING {OUTGOING}"
    );
    for account in &request.bots {
        let (network, name) = bot(account);
        let values = params![column(id.0), network, name, request.now.0];
        if let Some(taken) = first(tx.sql(&mark)?, values, |row| outgoing(tx, row))? {
            return Ok(vec![taken]);
        }
    }
    Ok(Vec::new())
}

/// Nothing of the chat of `one` is being sent.
const FREE: &str = "NOT EXISTS (SELECT 1 FROM outbox AS other WHERE other.network = one.network
    AND other.account = one.account AND other.chat = one.chat AND other.thread = one.thread AND other.state = 1)";

/// The times and ids of what can go in a lane, at most so many for each account.
fn due(tx: &Tx<'_>, request: &TakeRequest, priority: Priority, most: usize) -> Result<Vec<(i64, i64)>> {
    let find = format!(
        "SELECT not_before, id FROM outbox AS one
         WHERE network = ?1 AND account = ?2 AND lane = ?3 AND not_before <= ?4 AND state = 0 AND front = 1 AND {FREE}
         ORDER BY not_before, id LIMIT ?5"
    );
    let mut due = Vec::new();
    for account in &request.bots {
        let (network, name) = bot(account);
        let values = params![network, name, lane(priority), request.now.0, limit(most)];
        due.append(&mut rows(tx.sql(&find)?, values, |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?);
    }
    Ok(due)
}

/// The times and ids of those that are asked for and can go in a lane, each once.
fn due_of(tx: &Tx<'_>, request: &TakeRequest, priority: Priority) -> Result<Vec<(i64, i64)>> {
    let find = format!(
        "SELECT not_before, id, network, account FROM outbox AS one
         WHERE id = ?1 AND lane = ?2 AND not_before <= ?3 AND state = 0 AND front = 1 AND {FREE}"
    );
    let mut due = BTreeSet::new();
    for id in &request.only {
        let values = params![column(id.0), lane(priority), request.now.0];
        let found = first(tx.sql(&find)?, values, |row| {
            let of = (str_at(row, 2)?, str_at(row, 3)?);
            let served = request.bots.iter().any(|account| bot(account) == of);
            Ok(served.then_some((row.get(0)?, row.get(1)?)))
        })?;
        due.extend(found.flatten());
    }
    Ok(due.into_iter().collect())
}

fn mark(tx: &Tx<'_>, id: i64) -> Result<Outgoing> {
    let mark =
        format!("UPDATE outbox SET state = 1, attempts = attempts + 1 WHERE id = ?1 RETURNING {OUTGOING}");
    let marked = first(tx.sql(&mark)?, [id], |row| outgoing(tx, row))?;
    marked.ok_or(impossible("nothing in the outbox"))
}

pub(crate) fn settle(tx: &Tx<'_>, settlements: &[Settlement]) -> Result<Vec<Option<OutgoingState>>> {
    settlements
        .iter()
        .map(|settlement| settle_one(tx, settlement))
        .collect()
}

fn settle_one(tx: &Tx<'_>, settlement: &Settlement) -> Result<Option<OutgoingState>> {
    let find = "SELECT network, account, chat, thread, lane, policy FROM outbox WHERE id = ?1 AND state = 1";
    let id = column(settlement.id.0);
    let read = |row: &Row<'_>| {
        Ok((
            tx.chat(row, 0)?,
            priority_of(row.get(4)?)?,
            policy_of(row.get(5)?)?,
        ))
    };
    let Some((chat, priority, policy)) = first(tx.sql(find)?, [id], read)? else {
        return Ok(None);
    };
    let now = settlement.now;
    let again = |not_before: Timestamp, doubtful: bool, error: &str| -> Result<OutgoingState> {
        let again = "UPDATE outbox SET state = 0, not_before = ?2, doubtful = doubtful OR ?3, error = ?4 WHERE id = ?1";
        tx.sql(again)?
            .execute(params![id, not_before.0, doubtful, error])?;
        Ok(OutgoingState::New)
    };
    let state = match &settlement.result {
        SendResult::Again { not_before, error } => again((*not_before).max(now), false, error)?,
        SendResult::Unknown(error) if policy.repeats() => again(now, true, error)?,
        SendResult::Sent(messages) => {
            let receipt: Vec<&str> = messages.iter().map(MessageId::as_str).collect();
            let receipt = serde_json::json!(receipt).to_string();
            leave(tx, id, OutgoingState::Sent, &receipt, "", now)?
        }
        SendResult::Unknown(error) | SendResult::Doubtful(error) => {
            leave(tx, id, OutgoingState::Unknown, "[]", error, now)?
        }
        SendResult::Failed(error) => leave(tx, id, OutgoingState::Failed, "[]", error, now)?,
    };
    if state != OutgoingState::New {
        move_up(tx, &chat, priority)?;
    }
    Ok(Some(state))
}

fn leave(
    tx: &Tx<'_>,
    id: i64,
    state: OutgoingState,
    receipt: &str,
    error: &str,
    now: Timestamp,
) -> Result<OutgoingState> {
    let leave = "UPDATE outbox SET state = ?2, front = 0, messages = ?3, error = ?4, settled = ?5,
             doubtful = doubtful OR ?2 = 3
         WHERE id = ?1";
    tx.sql(leave)?
        .execute(params![id, state_column(state), receipt, error, now.0])?;
    Ok(state)
}

/// What waits behind something that left is the first of its lane from now on.
pub(crate) fn move_up(tx: &Tx<'_>, chat: &Chat, priority: Priority) -> Result<()> {
    let next = "UPDATE outbox SET front = 1 WHERE id = (SELECT min(id) FROM outbox WHERE network = ?1
             AND account = ?2 AND chat = ?3 AND thread = ?4 AND lane = ?5 AND state < 2)";
    let (network, account) = (chat.network.as_str(), chat.account.as_str());
    let values = params![network, account, chat.id.as_str(), thread(chat), lane(priority)];
    tx.sql(next)?.execute(values)?;
    Ok(())
}

/// Undoes a take that nobody received.
pub(crate) fn untake(tx: &Tx<'_>, ids: &[OutgoingId]) -> Result<()> {
    for id in ids {
        let back = "UPDATE outbox SET state = 0, attempts = attempts - 1 WHERE id = ?1 AND state = 1";
        tx.sql(back)?.execute([column(id.0)])?;
    }
    Ok(())
}

/// What was being sent when the process ended: nobody knows whether it arrived.
pub(crate) fn recover(tx: &Tx<'_>, now: Timestamp) -> Result<usize> {
    let ids = rows(
        tx.sql("SELECT id FROM outbox INDEXED BY outbox_sending WHERE state = 1 ORDER BY id")?,
        [],
        |row| number(row, 0),
    )?;
    for id in &ids {
        let error = "the process ended while it was being sent".to_owned();
        let settlement = Settlement {
            id: OutgoingId(*id),
            result: SendResult::Unknown(error),
            now,
        };
        settle_one(tx, &settlement)?;
    }
    Ok(ids.len())
}

pub(crate) fn get(tx: &Tx<'_>, id: OutgoingId) -> Result<Option<Outgoing>> {
    let find = format!("SELECT {OUTGOING} FROM outbox WHERE id = ?1");
    first(tx.sql(&find)?, [column(id.0)], |row| outgoing(tx, row))
}

pub(crate) fn list(tx: &Tx<'_>, state: OutgoingState, page: Page<OutgoingId>) -> Result<Vec<Outgoing>> {
    let find = format!("SELECT {OUTGOING} FROM outbox WHERE state = ?1 AND id > ?2 ORDER BY id LIMIT ?3");
    let after = page.after.map_or(0, |id| column(id.0));
    let values = params![state_column(state), after, limit(page.limit)];
    rows(tx.sql(&find)?, values, |row| outgoing(tx, row))
}

/// The columns that [`outgoing`] reads.
pub(crate) const OUTGOING: &str =
    "id, network, account, chat, thread, user, lane, policy, state, not_before, attempts,
    doubtful, created, settled, messages, error, body";

/// Reads an entry from its [`OUTGOING`] columns.
pub(crate) fn outgoing(tx: &Tx<'_>, row: &Row<'_>) -> Result<Outgoing> {
    let messages: Vec<String> =
        serde_json::from_str(str_at(row, 14)?).map_err(|_| impossible("a receipt that is none"))?;
    Ok(Outgoing {
        id: OutgoingId(number(row, 0)?),
        ask: NewOutgoing {
            chat: tx.chat(row, 1)?,
            user: user_at(row, 5)?,
            priority: priority_of(row.get(6)?)?,
            policy: policy_of(row.get(7)?)?,
            not_before: Some(time(row, 9)?),
            body: body(row, 16)?,
        },
        state: state_of(row.get(8)?)?,
        attempts: row.get(10)?,
        doubtful: row.get(11)?,
        created: time(row, 12)?,
        settled: time_or_none(row, 13)?,
        messages: messages.into_iter().map(MessageId::new).collect(),
        error: str_at(row, 15)?.to_owned(),
    })
}

fn lane(priority: Priority) -> i64 {
    match priority {
        Priority::Answer => 0,
        Priority::Progress => 1,
        Priority::Broadcast => 2,
    }
}

fn priority_of(column: i64) -> Result<Priority> {
    match column {
        0 => Ok(Priority::Answer),
        1 => Ok(Priority::Progress),
        2 => Ok(Priority::Broadcast),
        _ => Err(impossible("a priority that is none")),
    }
}

fn policy(policy: Policy) -> i64 {
    match policy {
        Policy::AtMostOnce => 0,
        Policy::AtLeastOnce => 1,
        Policy::Idempotent => 2,
    }
}

fn policy_of(column: i64) -> Result<Policy> {
    match column {
        0 => Ok(Policy::AtMostOnce),
        1 => Ok(Policy::AtLeastOnce),
        2 => Ok(Policy::Idempotent),
        _ => Err(impossible("a policy that is none")),
    }
}

fn state_column(state: OutgoingState) -> i64 {
    match state {
        OutgoingState::New => 0,
        OutgoingState::Sending => 1,
        OutgoingState::Sent => 2,
        OutgoingState::Unknown => 3,
        OutgoingState::Failed => 4,
    }
}

fn state_of(column: i64) -> Result<OutgoingState> {
    match column {
        0 => Ok(OutgoingState::New),
        1 => Ok(OutgoingState::Sending),
        2 => Ok(OutgoingState::Sent),
        3 => Ok(OutgoingState::Unknown),
        4 => Ok(OutgoingState::Failed),
        _ => Err(impossible("a state of the outbox that is none")),
    }
}
