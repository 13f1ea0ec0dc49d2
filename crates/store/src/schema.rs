//! The schema and how a file gets to its newest version: forward only, each step in a transaction of its own.

use rusqlite::{Connection, TransactionBehavior};

use duologue_core::store::StoreErrorKind;

use crate::fault::Fault;

/// The steps; the first one makes version 1. One that was released is never changed.
const STEPS: &[&str] = &[include_str!("schema/001.sql"), include_str!("schema/002.sql")];

/// The newest version that this program knows.
#[expect(clippy::cast_possible_truncation, reason = "there are few steps")]
pub const SCHEMA_VERSION: u32 = STEPS.len() as u32;

/// The first version that keeps what is under way in a journal, and not in the tables alone.
pub(crate) const JOURNAL_SINCE: u32 = 2;

/// Marks a file as one of ours: `Duol`.
pub(crate) const APPLICATION: u32 = 0x4475_6f6c;

/// The version of a file; 0 for an empty one.
pub(crate) fn version(connection: &Connection) -> Result<u32, Fault> {
    Ok(connection.pragma_query_value(None, "user_version", |row| row.get(0))?)
}

/// Whether the file is ours and not too new. An empty one is.
pub(crate) fn check(connection: &Connection) -> Result<(), Fault> {
    let application: u32 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let found = version(connection)?;
    if application != APPLICATION {
        let tables: u32 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
        if application != 0 || found != 0 || tables != 0 {
            let file = connection.path().unwrap_or_default().into();
            return Err(Fault::Store(StoreErrorKind::Foreign { file }));
        }
    }
    if found > SCHEMA_VERSION {
        let known = SCHEMA_VERSION;
        return Err(Fault::Store(StoreErrorKind::Newer { found, known }));
    }
    Ok(())
}

/// Brings a file that passed [`check`] to the newest version.
pub(crate) fn migrate(connection: &mut Connection) -> Result<(), Fault> {
    let found = version(connection)?;
    for (step, sql) in (1..).zip(STEPS).filter(|(step, _)| *step > found) {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute_batch(sql)?;
        transaction.pragma_update(None, "application_id", APPLICATION)?;
        transaction.pragma_update(None, "user_version", step)?;
        transaction.commit()?;
        if found > 0 {
            tracing::info!(version = step, "the data was brought to a newer version");
        }
    }
    Ok(())
}
