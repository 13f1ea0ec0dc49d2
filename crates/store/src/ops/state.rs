//! Typed state and small values.

use bytes::Bytes;
use rusqlite::{Row, params};

use duologue_core::UserId;
use duologue_core::store::{PersonId, Scope, StateKey, StateValue, StateWrite, Timestamp};

use crate::fault::{Result, impossible};
use crate::tx::{Tx, body, body_or_none, first, number, text, thread};

/// A key as its columns have it.
struct Columns<'a> {
    scope: i64,
    network: &'a str,
    account: &'a str,
    chat: &'a str,
    thread: &'a str,
    user: std::borrow::Cow<'a, str>,
}

fn columns(scope: &Scope) -> Result<Columns<'_>> {
    let empty = Columns {
        scope: 0,
        network: "",
        account: "",
        chat: "",
        thread: "",
        user: "".into(),
    };
    Ok(match scope {
        Scope::Bot => empty,
        Scope::User(network, user) => Columns {
            scope: 1,
            network: network.as_str(),
            user: user.as_str().into(),
            ..empty
        },
        Scope::Person(id) => Columns {
            scope: 2,
            user: id.0.to_string().into(),
            ..empty
        },
        Scope::Chat(chat) => Columns {
            scope: 3,
            network: chat.network.as_str(),
            account: chat.account.as_str(),
            chat: chat.id.as_str(),
            thread: thread(chat),
            ..empty
        },
        Scope::UserInChat(chat, user) => Columns {
            scope: 4,
            network: chat.network.as_str(),
            account: chat.account.as_str(),
            chat: chat.id.as_str(),
            thread: thread(chat),
            user: user.as_str().into(),
        },
        _ => return Err(impossible("a scope of an unknown kind")),
    })
}

/// The columns that [`entry`] reads.
pub(crate) const STATE: &str = "scope, network, account, chat, thread, user, name, version, body";

/// Reads a key and its state from the [`STATE`] columns.
pub(crate) fn entry(tx: &Tx<'_>, row: &Row<'_>) -> Result<(StateKey, StateValue)> {
    let user = || Ok::<_, crate::fault::Fault>(UserId::new(text(row, 5)?));
    let scope = match row.get(0)? {
        0 => Scope::Bot,
        1 => Scope::User(tx.network(row, 1)?, user()?),
        2 => {
            let id = user()?.parse().ok_or(impossible("a person without a number"))?;
            Scope::Person(PersonId(id))
        }
        3 => Scope::Chat(tx.chat(row, 1)?),
        4 => Scope::UserInChat(tx.chat(row, 1)?, user()?),
        _ => return Err(impossible("a scope of an unknown kind")),
    };
    let key = StateKey {
        scope,
        name: text(row, 6)?,
    };
    let value = StateValue {
        version: number(row, 7)?,
        body: body_or_none(row, 8)?,
    };
    Ok((key, value))
}

pub(crate) fn read(tx: &Tx<'_>, keys: &[StateKey]) -> Result<Vec<Option<StateValue>>> {
    let find = "SELECT version, body FROM state
         WHERE scope = ?1 AND network = ?2 AND account = ?3 AND chat = ?4 AND thread = ?5 AND user = ?6 AND name = ?7";
    let one = |key: &StateKey| {
        let at = columns(&key.scope)?;
        let values = params![
            at.scope,
            at.network,
            at.account,
            at.chat,
            at.thread,
            at.user,
            key.name.as_str()
        ];
        first(tx.sql(find)?, values, |row| {
            Ok(StateValue {
                version: number(row, 0)?,
                body: body_or_none(row, 1)?,
            })
        })
    };
    keys.iter().map(one).collect()
}

/// The version of a state; 0 where there is none.
pub(crate) fn version(tx: &Tx<'_>, key: &StateKey) -> Result<u64> {
    let find = "SELECT version FROM state
         WHERE scope = ?1 AND network = ?2 AND account = ?3 AND chat = ?4 AND thread = ?5 AND user = ?6 AND name = ?7";
    let at = columns(&key.scope)?;
    let values = params![
        at.scope,
        at.network,
        at.account,
        at.chat,
        at.thread,
        at.user,
        key.name.as_str()
    ];
    Ok(first(tx.sql(find)?, values, |row| number(row, 0))?.unwrap_or(0))
}

pub(crate) fn write(tx: &Tx<'_>, write: &StateWrite, now: Timestamp) -> Result<()> {
    let upsert = "INSERT INTO state (scope, network, account, chat, thread, user, name, version, body, at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 1, ?8, ?9)
         ON CONFLICT DO UPDATE SET version = version + 1, body = excluded.body, at = excluded.at";
    let at = columns(&write.key.scope)?;
    tx.sql(upsert)?.execute(params![
        at.scope,
        at.network,
        at.account,
        at.chat,
        at.thread,
        at.user,
        write.key.name.as_str(),
        write.body.as_deref(),
        now.0
    ])?;
    Ok(())
}

pub(crate) fn value(tx: &Tx<'_>, key: &str) -> Result<Option<Bytes>> {
    first(tx.sql("SELECT body FROM value WHERE key = ?1")?, [key], |row| {
        body(row, 0)
    })
}

pub(crate) fn put_value(tx: &Tx<'_>, key: &str, body: Option<&[u8]>, until: Option<Timestamp>) -> Result<()> {
    match body {
        Some(body) => tx
            .sql("INSERT OR REPLACE INTO value (key, body, until) VALUES (?1, ?2, ?3)")?
            .execute(params![key, body, until.map(|at| at.0)])?,
        None => tx.sql("DELETE FROM value WHERE key = ?1")?.execute([key])?,
    };
    Ok(())
}
