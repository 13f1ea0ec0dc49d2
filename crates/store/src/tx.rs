//! What an operation works with, and the shapes that many tables share.

use std::cell::Cell;

use bytes::Bytes;
use rusqlite::{CachedStatement, Connection, Row};
use smol_str::SmolStr;

use duologue_core::store::{BotAccount, Timestamp};
use duologue_core::{AccountId, Chat, ChatId, NetworkId, Person, ThreadId, UserId};

use crate::fault::{Fault, Result, impossible};
use crate::names::Names;

/// A connection inside a transaction, with what lives beside it.
pub(crate) struct Tx<'a> {
    pub(crate) connection: &'a Connection,
    pub(crate) names: &'a Names,
    pub(crate) opening: &'a Opening,
}

/// This opening of the file: numbers that no other opening gives out, without a write for each.
#[derive(Debug, Default)]
pub(crate) struct Opening {
    /// How often the file was opened.
    pub(crate) number: u32,
    last: Cell<u32>,
}

impl Opening {
    pub(crate) fn new(number: u32) -> Self {
        Self {
            number,
            last: Cell::new(0),
        }
    }

    /// A number above all that were given out before, by any opening.
    pub(crate) fn next(&self) -> Result<i64> {
        let next = self.last.get().checked_add(1);
        let next = next.ok_or(impossible(
            "four thousand million claims since the start: start the bot again",
        ))?;
        self.last.set(next);
        Ok(i64::from(self.number) << 32 | i64::from(next))
    }
}

impl<'a> Tx<'a> {
    /// A statement, prepared once per connection.
    pub(crate) fn sql(&self, sql: &str) -> Result<CachedStatement<'a>> {
        Ok(self.connection.prepare_cached(sql)?)
    }

    /// The network, account, chat and thread in four columns from `at`.
    pub(crate) fn chat(&self, row: &Row<'_>, at: usize) -> Result<Chat> {
        Ok(Chat {
            network: self.network(row, at)?,
            account: AccountId::new(text(row, at + 1)?),
            id: ChatId::new(text(row, at + 2)?),
            thread: present(text(row, at + 3)?).map(ThreadId::new),
        })
    }

    pub(crate) fn network(&self, row: &Row<'_>, at: usize) -> Result<NetworkId> {
        self.names.network(str_at(row, at)?)
    }

    /// The kind, network and id of a person in three columns from `at`.
    pub(crate) fn person(&self, row: &Row<'_>, at: usize) -> Result<Person> {
        let (network, id) = (self.network(row, at + 1)?, text(row, at + 2)?);
        match row.get(at)? {
            0 => Ok(Person::User(network, UserId::new(id))),
            1 => Ok(Person::Chat(network, ChatId::new(id))),
            _ => Err(impossible("a person of an unknown kind")),
        }
    }
}

/// The thread as its column has it.
pub(crate) fn thread(chat: &Chat) -> &str {
    chat.thread.as_ref().map_or("", ThreadId::as_str)
}

/// A user as its column has it.
pub(crate) fn user(user: Option<&UserId>) -> &str {
    user.map_or("", UserId::as_str)
}

/// The kind, network and id of a person as their columns have them.
pub(crate) fn person(person: &Person) -> (i64, &str, &str) {
    match person {
        Person::User(network, user) => (0, network.as_str(), user.as_str()),
        Person::Chat(network, chat) => (1, network.as_str(), chat.as_str()),
    }
}

/// The network and account as their columns have them.
pub(crate) fn bot(bot: &BotAccount) -> (&str, &str) {
    (bot.network.as_str(), bot.account.as_str())
}

/// The user in a column, where there is one.
pub(crate) fn user_at(row: &Row<'_>, at: usize) -> Result<Option<UserId>> {
    Ok(present(text(row, at)?).map(UserId::new))
}

pub(crate) fn str_at<'r>(row: &'r Row<'_>, at: usize) -> Result<&'r str> {
    let value = row.get_ref(at)?.as_str();
    value.map_err(|_| impossible("a text that is none"))
}

pub(crate) fn text(row: &Row<'_>, at: usize) -> Result<SmolStr> {
    Ok(SmolStr::new(str_at(row, at)?))
}

pub(crate) fn body(row: &Row<'_>, at: usize) -> Result<Bytes> {
    let bytes = row.get_ref(at)?.as_blob();
    let bytes = bytes.map_err(|_| impossible("a body that is none"))?;
    Ok(Bytes::copy_from_slice(bytes))
}

pub(crate) fn body_or_none(row: &Row<'_>, at: usize) -> Result<Option<Bytes>> {
    let bytes = row.get_ref(at)?.as_blob_or_null();
    let bytes = bytes.map_err(|_| impossible("a body that is none"))?;
    Ok(bytes.map(Bytes::copy_from_slice))
}

pub(crate) fn time(row: &Row<'_>, at: usize) -> Result<Timestamp> {
    Ok(Timestamp(row.get(at)?))
}

pub(crate) fn time_or_none(row: &Row<'_>, at: usize) -> Result<Option<Timestamp>> {
    let time: Option<i64> = row.get(at)?;
    Ok(time.map(Timestamp))
}

/// A number that only rises from 1.
pub(crate) fn number(row: &Row<'_>, at: usize) -> Result<u64> {
    let number: i64 = row.get(at)?;
    u64::try_from(number).map_err(|_| impossible("a number below zero"))
}

/// A number as its column has it. One that no column holds is of nothing that is kept.
pub(crate) fn column(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(-1)
}

/// A length or limit as SQL has it.
pub(crate) fn limit(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

/// All rows of a query, each read by `read`.
pub(crate) fn rows<T>(
    mut statement: CachedStatement<'_>,
    params: impl rusqlite::Params,
    mut read: impl FnMut(&Row<'_>) -> Result<T>,
) -> Result<Vec<T>> {
    let mut found = statement.query(params)?;
    let mut all = Vec::new();
    while let Some(row) = found.next()? {
        all.push(read(row)?);
    }
    Ok(all)
}

/// The first row of a query, if there is one.
pub(crate) fn first<T>(
    mut statement: CachedStatement<'_>,
    params: impl rusqlite::Params,
    read: impl FnOnce(&Row<'_>) -> Result<T>,
) -> Result<Option<T>> {
    let mut found = statement.query(params)?;
    match found.next().map_err(Fault::from)? {
        Some(row) => read(row).map(Some),
        None => Ok(None),
    }
}

fn present(text: SmolStr) -> Option<SmolStr> {
    (!text.is_empty()).then_some(text)
}
