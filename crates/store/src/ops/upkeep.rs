//! What an opening sets right, what is cleaned away, and what the store says about itself.

use std::time::Duration;

use rusqlite::params;

use duologue_core::store::{
    BotAccount, Counts, GUESS_WINDOW, IDS_KEPT, MAX_ATTEMPTS, NextDue, Pruned, SENT_KEPT, Timestamp,
    UNSENT_KEPT,
};

use super::turn;
use crate::fault::{Result, impossible};
use crate::live::Live;
use crate::tx::{Opening, Tx, bot, first, limit, number, rows, time, time_or_none};

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
pub(crate) fn recover(tx: &Tx<'_>, live: &mut Live, now: Timestamp) -> Result<Found> {
    let mut found = Found::default();
    let Live {
        inbox,
        outbox,
        journal,
        ..
    } = live;
    for (id, first) in inbox.all_held() {
        found.held += 1;
        let attempted = match first {
            Some(number) => inbox.attempted(tx, id, number, journal)?,
            None => None,
        };
        if let Some(event) = attempted
            && event.attempts >= MAX_ATTEMPTS
            && let Some(conversation) = inbox.conversation(id).cloned()
        {
            inbox.leave(id, event.number, journal)?;
            let error = "the process ended at each attempt at this event";
            turn::bury(tx, &conversation, &event, error, now)?;
            found.dead += 1;
        }
        inbox.recover(id, MAX_ATTEMPTS - 1, journal)?;
    }
    inbox.soon(now, now.plus(LONGEST_WAIT), journal)?;
    found.sending = outbox.recover(now, journal)?;
    Ok(found)
}

/// Cleans away a slice of what is too old, so that other writes are not held up; says how much, and whether there is
/// more.
pub(crate) fn prune(tx: &Tx<'_>, live: &mut Live, now: Timestamp) -> Result<(Pruned, bool)> {
    live.flush(tx)?;
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
    pruned.codes = run(codes, now)? + run(guesses, now.minus(GUESS_WINDOW))?;
    pruned.values = run(values, now)?;
    let (numbers, more_numbers) = prune_numbers(tx, old)?;
    pruned.ids += numbers;
    Ok((pruned, more || more_numbers))
}

/// Cleans away a slice of the ids that are numbers; says how many, and whether there are more.
fn prune_numbers(tx: &Tx<'_>, old: Timestamp) -> Result<(u64, bool)> {
    let delete = "DELETE FROM seen_number WHERE id IN (SELECT id FROM seen_number WHERE at < ?1 LIMIT ?2)
         RETURNING length(numbers) / 8";
    let gone = rows(tx.sql(delete)?, params![old.0, limit(SLICE)], |row| {
        number(row, 0)
    })?;
    Ok((gone.iter().sum(), gone.len() >= SLICE))
}

/// Gives pages that are free back to the disk: some, or all.
pub(crate) fn shrink(tx: &Tx<'_>, all: bool) -> Result<()> {
    let pages = if all { 0 } else { PAGES_GIVEN_BACK };
    let mut shrink = tx.sql(&format!("PRAGMA incremental_vacuum({pages})"))?;
    let mut pages = shrink.query([])?;
    while pages.next()?.is_some() {}
    Ok(())
}

pub(crate) fn counts(tx: &Tx<'_>, live: &Live) -> Result<Counts> {
    let count =
        |sql: &str| -> Result<u64> { Ok(first(tx.sql(sql)?, [], |row| number(row, 0))?.unwrap_or(0)) };
    let mut counts = Counts::default();
    counts.unknown = count("SELECT count(*) FROM outbox WHERE state >= 2 AND state = 3")?;
    counts.failed = count("SELECT count(*) FROM outbox WHERE state >= 2 AND state = 4")?;
    counts.dead = count("SELECT count(*) FROM dead")?;
    counts.jobs = count("SELECT count(*) FROM job")?;
    counts.tasks = count("SELECT count(*) FROM task")?;
    counts.bytes = count("SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()")?;
    live.count(&mut counts);
    Ok(counts)
}

/// Counts what is under way in a file of a version that has no journal.
pub(crate) fn count_tables(tx: &Tx<'_>, counts: &mut Counts) -> Result<()> {
    let find = "SELECT (SELECT count(*) FROM inbox), (SELECT min(received) FROM inbox),
         (SELECT count(*) FROM conversation WHERE owner IS NOT NULL),
         (SELECT count(*) FROM outbox WHERE state = 0), (SELECT count(*) FROM outbox WHERE state = 1)";
    first(tx.sql(find)?, [], |row| {
        counts.inbox = number(row, 0)?;
        counts.oldest = time_or_none(row, 1)?;
        counts.held = number(row, 2)?;
        counts.outgoing = number(row, 3)?;
        counts.sending = number(row, 4)?;
        Ok(())
    })?;
    Ok(())
}

pub(crate) fn next_due(tx: &Tx<'_>, live: &Live, bots: &[BotAccount]) -> Result<NextDue> {
    let mut next = NextDue {
        conversation: live.inbox.next_due(bots),
        outgoing: live.outbox.next_due(bots),
        job: None,
    };
    for account in bots {
        let job = "SELECT due FROM job WHERE network = ?1 AND account = ?2 ORDER BY due LIMIT 1";
        let job = first(tx.sql(job)?, bot(account), |row| time(row, 0))?;
        next.job = next.job.into_iter().chain(job).min();
    }
    Ok(next)
}
