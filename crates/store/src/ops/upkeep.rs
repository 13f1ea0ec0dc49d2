//! What an opening sets right, what is cleaned away, and what the store says about itself.

use std::time::Duration;

use rusqlite::params;

use duologue_core::Conversation;
use duologue_core::store::{
    BotAccount, Counts, GUESS_WINDOW, IDS_KEPT, MAX_ATTEMPTS, NextDue, Pruned, SENT_KEPT, Timestamp,
    UNSENT_KEPT,
};

use super::{inbox, outbox, turn};
use crate::fault::{Result, impossible};
use crate::tx::{Opening, Tx, bot, first, limit, number, rows, time, time_or_none, user_at};

/// The most pages that one cleaning gives back to the disk.
const PAGES_GIVEN_BACK: u32 = 2000;

/// The most entries of a table that one slice of a cleaning deletes.
const SLICE: usize = 2000;

/// The longest that a conversation waits over an opening. What would wait longer was written before the machine's clock
/// was set back.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// What an opening found of the process before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Found {
    /// Conversations that were held.
    pub(crate) held: usize,
    /// Events that went to the dead letters.
    pub(crate) dead: usize,
    /// Things that were being sent.
    pub(crate) sending: usize,
}

/// Counts this opening.
pub(crate) fn count_opening(tx: &Tx<'_>) -> Result<Opening> {
    let count = "INSERT INTO counter (name, value) VALUES ('openings', 1)
         ON CONFLICT DO UPDATE SET value = value + 1 RETURNING value";
    let number: Option<u32> = first(tx.sql(count)?, [], |row| Ok(row.get(0)?))?;
    Ok(Opening::new(number.ok_or(impossible("no counter"))?))
}

/// Frees what the process before held: nobody has it any more.
pub(crate) fn recover(tx: &Tx<'_>, now: Timestamp) -> Result<Found> {
    let count = "UPDATE inbox SET attempts = attempts + 1 WHERE (conversation, number) IN (
             SELECT conversation, min(number) FROM inbox
             WHERE conversation IN (SELECT id FROM conversation WHERE owner IS NOT NULL)
             GROUP BY conversation)";
    tx.sql(count)?.execute([])?;
    let find = "SELECT c.id, c.network, c.account, c.chat, c.thread, c.user,
             i.number, i.event, i.user, i.kind, i.received, i.sent, i.attempts, i.body
         FROM conversation AS c JOIN inbox AS i ON i.conversation = c.id
         WHERE c.owner IS NOT NULL AND i.attempts >= ?1 ORDER BY c.id, i.number";
    let poisoned = rows(tx.sql(find)?, [MAX_ATTEMPTS], |row| {
        let id: i64 = row.get(0)?;
        let chat = tx.chat(row, 1)?;
        let user = user_at(row, 5)?;
        Ok((id, Conversation { chat, user }, inbox::event(row, 6)?))
    })?;
    for (id, conversation, event) in &poisoned {
        let number = i64::try_from(event.number).map_err(|_| impossible("a number that is too large"))?;
        let delete = "DELETE FROM inbox WHERE conversation = ?1 AND number = ?2";
        tx.sql(delete)?.execute(params![id, number])?;
        let error = "the process ended at each attempt at this event";
        turn::bury(tx, conversation, event, error, now)?;
    }
    let free = "UPDATE conversation SET owner = NULL,
             ready_at = CASE WHEN EXISTS (SELECT 1 FROM inbox WHERE conversation = id)
                 THEN max(coalesce(ready_at, ?1), wait_until) END,
             wait_until = 0,
             alone = coalesce((SELECT attempts >= ?2 FROM inbox WHERE conversation = id ORDER BY number LIMIT 1), 0)
         WHERE owner IS NOT NULL";
    let held = tx.sql(free)?.execute(params![now.0, MAX_ATTEMPTS - 1])?;
    let soon = "UPDATE conversation SET ready_at = ?1 WHERE ready_at > ?2";
    tx.sql(soon)?.execute(params![now.0, now.plus(LONGEST_WAIT).0])?;
    Ok(Found {
        held,
        dead: poisoned.len(),
        sending: outbox::recover(tx, now)?,
    })
}

/// Cleans away a slice of what is too old, so that other writes are not held up; says how much, and whether there is
/// more.
pub(crate) fn prune(tx: &Tx<'_>, now: Timestamp) -> Result<(Pruned, bool)> {
    let mut more = false;
    let mut run = |sql: &str, before: Timestamp| -> Result<u64> {
        let gone = tx.sql(sql)?.execute(params![before.0, limit(SLICE)])?;
        more |= gone >= SLICE;
        Ok(gone as u64)
    };
    let old = now.minus(IDS_KEPT);
    let seen = "DELETE FROM seen WHERE (network, account, event) IN
         (SELECT network, account, event FROM seen WHERE at < ?1 ORDER BY at LIMIT ?2)";
    let sent = "DELETE FROM outbox WHERE id IN
         (SELECT id FROM outbox WHERE state >= 2 AND state = 2 AND settled < ?1 LIMIT ?2)";
    let unknown = "DELETE FROM outbox WHERE id IN
         (SELECT id FROM outbox WHERE state >= 2 AND state = 3 AND settled < ?1 LIMIT ?2)";
    let failed = "DELETE FROM outbox WHERE id IN
         (SELECT id FROM outbox WHERE state >= 2 AND state = 4 AND settled < ?1 LIMIT ?2)";
    let states = "DELETE FROM state WHERE (scope, network, account, chat, thread, user, name) IN
         (SELECT scope, network, account, chat, thread, user, name FROM state
             WHERE body IS NULL AND at < ?1 LIMIT ?2)";
    let idle = "DELETE FROM conversation WHERE id IN (SELECT id FROM conversation AS c
         WHERE ready_at IS NULL AND owner IS NULL AND touched < ?1
             AND NOT EXISTS (SELECT 1 FROM inbox WHERE conversation = c.id) LIMIT ?2)";
    let codes =
        "DELETE FROM link_code WHERE hash IN (SELECT hash FROM link_code WHERE expires <= ?1 LIMIT ?2)";
    let guesses = "DELETE FROM link_guess WHERE (network, user) IN
         (SELECT network, user FROM link_guess WHERE since <= ?1 LIMIT ?2)";
    let values = "DELETE FROM value WHERE key IN
         (SELECT key FROM value WHERE until IS NOT NULL AND until <= ?1 LIMIT ?2)";
    let unsent = now.minus(UNSENT_KEPT);
    let mut pruned = Pruned::default();
    pruned.ids = run(seen, old)?;
    pruned.outgoing = run(sent, now.minus(SENT_KEPT))? + run(unknown, unsent)? + run(failed, unsent)?;
    pruned.states = run(states, old)?;
    pruned.conversations = run(idle, old)?;
    pruned.codes = run(codes, now)? + run(guesses, now.minus(GUESS_WINDOW))?;
    pruned.values = run(values, now)?;
    Ok((pruned, more))
}

/// Gives pages that are free back to the disk.
pub(crate) fn shrink(tx: &Tx<'_>) -> Result<()> {
    let mut shrink = tx.sql(&format!("PRAGMA incremental_vacuum({PAGES_GIVEN_BACK})"))?;
    let mut pages = shrink.query([])?;
    while pages.next()?.is_some() {}
    Ok(())
}

pub(crate) fn counts(tx: &Tx<'_>) -> Result<Counts> {
    let count =
        |sql: &str| -> Result<u64> { Ok(first(tx.sql(sql)?, [], |row| number(row, 0))?.unwrap_or(0)) };
    let mut counts = Counts::default();
    counts.inbox = count("SELECT count(*) FROM inbox")?;
    let oldest = first(tx.sql("SELECT min(received) FROM inbox")?, [], |row| {
        time_or_none(row, 0)
    })?;
    counts.oldest = oldest.flatten();
    counts.held = count("SELECT count(*) FROM conversation WHERE owner IS NOT NULL")?;
    counts.sending = count("SELECT count(*) FROM outbox INDEXED BY outbox_sending WHERE state = 1")?;
    counts.outgoing = count("SELECT count(*) FROM outbox WHERE state < 2")? - counts.sending;
    counts.unknown = count("SELECT count(*) FROM outbox WHERE state >= 2 AND state = 3")?;
    counts.failed = count("SELECT count(*) FROM outbox WHERE state >= 2 AND state = 4")?;
    counts.dead = count("SELECT count(*) FROM dead")?;
    counts.jobs = count("SELECT count(*) FROM job")?;
    counts.tasks = count("SELECT count(*) FROM task")?;
    counts.bytes = count("SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()")?;
    Ok(counts)
}

pub(crate) fn next_due(tx: &Tx<'_>, bots: &[BotAccount]) -> Result<NextDue> {
    let mut next = NextDue::default();
    for account in bots {
        let (network, name) = bot(account);
        let earliest = |sql: &str, which: i64| -> Result<Option<Timestamp>> {
            first(tx.sql(sql)?, params![network, name, which], |row| time(row, 0))
        };
        for alone in [0, 1] {
            let conversation = "SELECT ready_at FROM conversation
                 WHERE network = ?1 AND account = ?2 AND alone = ?3 AND ready_at IS NOT NULL AND owner IS NULL
                 ORDER BY ready_at LIMIT 1";
            next.conversation = sooner(next.conversation, earliest(conversation, alone)?);
        }
        for lane in 0..=2 {
            let outgoing = "SELECT not_before FROM outbox AS one
                 WHERE network = ?1 AND account = ?2 AND lane = ?3 AND state = 0 AND front = 1
                     AND NOT EXISTS (SELECT 1 FROM outbox AS other WHERE other.network = one.network
                         AND other.account = one.account AND other.chat = one.chat AND other.thread = one.thread
                         AND other.state = 1)
                 ORDER BY not_before LIMIT 1";
            next.outgoing = sooner(next.outgoing, earliest(outgoing, lane)?);
        }
        let job = "SELECT due FROM job WHERE network = ?1 AND account = ?2 ORDER BY due LIMIT 1";
        let job = first(tx.sql(job)?, bot(account), |row| time(row, 0))?;
        next.job = sooner(next.job, job);
    }
    Ok(next)
}

fn sooner(one: Option<Timestamp>, other: Option<Timestamp>) -> Option<Timestamp> {
    one.into_iter().chain(other).min()
}
