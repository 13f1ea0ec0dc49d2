//! What goes out and what became of it, as the tables have it.

use rusqlite::{Row, params};

use duologue_core::store::{NewOutgoing, Outgoing, OutgoingId, OutgoingState, Page, Policy, Settlement};
use duologue_core::{MessageId, Priority};

use crate::fault::{Result, impossible};
use crate::live::Live;
use crate::tx::{
    Tx, body, column, first, limit, number, rows, str_at, thread, time, time_or_none, user, user_at,
};

pub(crate) fn settle(live: &mut Live, settlements: &[Settlement]) -> Result<Vec<Option<OutgoingState>>> {
    settlements
        .iter()
        .map(|settlement| live.outbox.settle(settlement, &mut live.journal))
        .collect()
}

/// Puts an entry as it is now.
pub(crate) fn put(tx: &Tx<'_>, outgoing: &Outgoing) -> Result<()> {
    let put = "INSERT OR REPLACE INTO outbox (id, network, account, chat, thread, user, lane, policy, state, not_before,
             attempts, doubtful, created, settled, messages, error, body)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)";
    let ask = &outgoing.ask;
    let messages: Vec<&str> = outgoing.messages.iter().map(MessageId::as_str).collect();
    let receipt = serde_json::to_string(&messages).map_err(|_| impossible("a receipt that is none"))?;
    tx.sql(put)?.execute(params![
        column(outgoing.id.0),
        ask.chat.network.as_str(),
        ask.chat.account.as_str(),
        ask.chat.id.as_str(),
        thread(&ask.chat),
        user(ask.user.as_ref()),
        priority(ask.priority),
        policy(ask.policy),
        state(outgoing.state),
        ask.not_before.unwrap_or_default().0,
        outgoing.attempts,
        outgoing.doubtful,
        outgoing.created.0,
        outgoing.settled.map(|at| at.0),
        receipt,
        outgoing.error,
        &ask.body[..]
    ])?;
    Ok(())
}

pub(crate) fn get(tx: &Tx<'_>, live: &Live, id: OutgoingId) -> Result<Option<Outgoing>> {
    if let Some(outgoing) = live.outbox.get(id) {
        return Ok(Some(outgoing.clone()));
    }
    let find = format!("SELECT {OUTGOING} FROM outbox WHERE id = ?1");
    first(tx.sql(&find)?, [column(id.0)], |row| outgoing(tx, row))
}

pub(crate) fn list(
    tx: &Tx<'_>,
    live: &mut Live,
    state: OutgoingState,
    page: Page<OutgoingId>,
) -> Result<Vec<Outgoing>> {
    live.flush(tx)?;
    let find = format!("SELECT {OUTGOING} FROM outbox WHERE state = ?1 AND id > ?2 ORDER BY id LIMIT ?3");
    let after = page.after.map_or(0, |id| column(id.0));
    let values = params![self::state(state), after, limit(page.limit)];
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

/// A priority as the tables and the journal have it.
pub(crate) fn priority(priority: Priority) -> u8 {
    match priority {
        Priority::Answer => 0,
        Priority::Progress => 1,
        Priority::Broadcast => 2,
    }
}

pub(crate) fn priority_of(column: u8) -> Result<Priority> {
    match column {
        0 => Ok(Priority::Answer),
        1 => Ok(Priority::Progress),
        2 => Ok(Priority::Broadcast),
        _ => Err(impossible("a priority that is none")),
    }
}

/// A policy as the tables and the journal have it.
pub(crate) fn policy(policy: Policy) -> u8 {
    match policy {
        Policy::AtMostOnce => 0,
        Policy::AtLeastOnce => 1,
        Policy::Idempotent => 2,
    }
}

pub(crate) fn policy_of(column: u8) -> Result<Policy> {
    match column {
        0 => Ok(Policy::AtMostOnce),
        1 => Ok(Policy::AtLeastOnce),
        2 => Ok(Policy::Idempotent),
        _ => Err(impossible("a policy that is none")),
    }
}

/// A state as the tables and the journal have it.
pub(crate) fn state(state: OutgoingState) -> u8 {
    match state {
        OutgoingState::New => 0,
        OutgoingState::Sending => 1,
        OutgoingState::Sent => 2,
        OutgoingState::Unknown => 3,
        OutgoingState::Failed => 4,
    }
}

pub(crate) fn state_of(column: u8) -> Result<OutgoingState> {
    match column {
        0 => Ok(OutgoingState::New),
        1 => Ok(OutgoingState::Sending),
        2 => Ok(OutgoingState::Sent),
        3 => Ok(OutgoingState::Unknown),
        4 => Ok(OutgoingState::Failed),
        _ => Err(impossible("a state of the outbox that is none")),
    }
}
