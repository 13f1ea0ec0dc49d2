//! How the data directory is opened: the lock, the check of the file, its version, and what the process before left.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use duologue_core::store::{StoreErrorKind, Timestamp};

use crate::fault::{Fault, Result};
use crate::live::Live;
use crate::lock::DirectoryLock;
use crate::names::Names;
use crate::ops::upkeep;
use crate::schema;
use crate::sqlite::{Opened, SqliteOptions};
use crate::threads::{Desk, READERS, Returned, Writer, Written};
use crate::tx::Opening;

/// The database's file in the data directory.
pub const DATABASE_FILE: &str = "duologue.db";

/// What stands between the file's name and the time in the name of a damaged one.
const DAMAGED: &str = ".damaged-";

/// How long a statement waits for another program that looks into the file, in milliseconds.
const BUSY_MILLIS: u32 = 5000;

/// How many prepared statements a connection keeps: more than there are.
const STATEMENTS_KEPT: usize = 128;

/// The most pages of a file, as SQLite counts without a limit.
const MOST_PAGES: u32 = 0xffff_fffe;

/// What the threads begin with.
pub(crate) struct Parts {
    pub(crate) readers: Vec<Connection>,
    pub(crate) opened: Opened,
    pub(crate) written: Arc<Written>,
}

/// Opens everything. It blocks, as long as the check of the file takes.
pub(crate) fn open(
    options: &SqliteOptions,
    names: Arc<Names>,
    returned: Arc<Returned>,
) -> Result<(Writer, Parts)> {
    make_directory(&options.directory)?;
    let lock = DirectoryLock::take(&options.directory)?;
    let file = options.directory.join(DATABASE_FILE);
    let fresh = !file.exists();
    if fresh
        && !options.start_anew
        && let Some(kept) = newest_damaged(&options.directory)?
    {
        return Err(StoreErrorKind::Damaged { kept }.into());
    }
    make_private(&file)?;
    let mut connection = match sound(&file) {
        Ok(connection) => connection,
        Err(fault) if fault.is_damage() => {
            let kept = move_aside(&file, DAMAGED)?;
            return Err(StoreErrorKind::Damaged { kept }.into());
        }
        Err(fault) => return Err(fault),
    };
    configure(&connection)?;
    schema::migrate(&mut connection)?;
    limit_size(&connection, options.size_limit)?;
    let (desk, found) = begin(connection, names)?;
    let opened = Opened {
        file: file.clone(),
        fresh,
        held: found.held,
        dead: found.dead,
        sending: found.sending,
    };
    let readers = (0..READERS).map(|_| reader(&file)).collect::<Result<_>>()?;
    let written = Arc::new(Written::default());
    let writer = Writer {
        desk,
        failed: false,
        returned,
        written: Arc::clone(&written),
        lock,
    };
    Ok((
        writer,
        Parts {
            readers,
            opened,
            written,
        },
    ))
}

pub(crate) fn make_directory(directory: &Path) -> Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    // What people say to a bot is nobody else's business on this machine.
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    Ok(builder.create(directory)?)
}

/// Makes the file, for this user alone, where there is none, and takes it from others where there is one: the folder may
/// be open to them. SQLite gives its log the same mode.
fn make_private(file: &Path) -> Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file)?;
    #[cfg(unix)]
    for part in ["", "-wal", "-shm"] {
        let path = PathBuf::from(format!("{}{part}", file.display()));
        let private = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        match fs::set_permissions(&path, private) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                // It is somebody else's file, who has let this user in.
                tracing::warn!(file = %path.display(), %error, "others may be able to read the data");
            }
            _ => {}
        }
    }
    Ok(())
}

/// Opens the file and checks it, without a change to it.
fn sound(file: &Path) -> Result<Connection> {
    let connection = Connection::open(file)?;
    // A damaged file stays as it was found: closing would fold the log into it.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    schema::check(&connection)?;
    check(&connection, "quick_check")?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
    Ok(connection)
}

/// Runs one of SQLite's own checks.
pub(crate) fn check(connection: &Connection, pragma: &str) -> Result<()> {
    let verdict: String = connection.query_row(&format!("PRAGMA {pragma}(1)"), [], |row| row.get(0))?;
    if verdict == "ok" {
        return Ok(());
    }
    tracing::error!(verdict, "the database is damaged");
    let damage = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT);
    Err(Fault::Sqlite(rusqlite::Error::SqliteFailure(
        damage,
        Some(verdict),
    )))
}

fn configure(connection: &Connection) -> Result<()> {
    // Before the log: it can only be chosen while the file is empty.
    connection.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "busy_timeout", BUSY_MILLIS)?;
    connection.pragma_update(None, "foreign_keys", "ON")?;
    connection.pragma_update(None, "wal_autocheckpoint", 1000)?;
    connection.pragma_update(None, "journal_size_limit", 64 << 20)?;
    connection.pragma_update(None, "secure_delete", "FAST")?;
    connection.pragma_update(None, "trusted_schema", "OFF")?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
    Ok(())
}

fn reader(file: &Path) -> Result<Connection> {
    let connection = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    connection.pragma_update(None, "busy_timeout", BUSY_MILLIS)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
    Ok(connection)
}

/// Bounds the file, in bytes; it takes effect in whole pages.
pub(crate) fn limit_size(connection: &Connection, limit: Option<u64>) -> Result<()> {
    let page: u32 = connection.pragma_query_value(None, "page_size", |row| row.get(0))?;
    let pages = limit.map_or(MOST_PAGES, |bytes| {
        u32::try_from(bytes / u64::from(page.max(1))).map_or(MOST_PAGES, |pages| pages.clamp(1, MOST_PAGES))
    });
    connection.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))?;
    Ok(())
}

/// Counts the opening, reads what is under way, and sets right what the process before left.
fn begin(connection: Connection, names: Arc<Names>) -> Result<(Desk, upkeep::Found)> {
    let mut desk = Desk {
        connection,
        names,
        opening: Opening::default(),
        live: Live::default(),
    };
    desk.connection.execute_batch("BEGIN IMMEDIATE")?;
    desk.opening = upkeep::count_opening(&desk.tx())?;
    desk.live = Live::load(&desk.tx())?;
    let (tx, live) = desk.parts();
    let found = upkeep::recover(&tx, live, Timestamp::now())?;
    live.flush(&tx)?;
    tx.sql("COMMIT")?.execute([])?;
    Ok((desk, found))
}

/// A name for a file that is put aside, which no file has: its own, what it is, and the time.
pub(crate) fn free_name(file: &Path, infix: &str) -> PathBuf {
    let time = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%SZ").to_string();
    let name = |suffix: &str| PathBuf::from(format!("{}{infix}{time}{suffix}", file.display()));
    let mut free = name("");
    for count in 2.. {
        if !free.exists() {
            break;
        }
        free = name(&format!("-{count}"));
    }
    free
}

/// Gives a file, with its log, a name of its own; says which.
pub(crate) fn move_aside(file: &Path, infix: &str) -> Result<PathBuf> {
    let kept = free_name(file, infix);
    // The log first: without its file it says nothing, and the file alone would look whole.
    for part in ["-wal", "-shm", ""] {
        let from = PathBuf::from(format!("{}{part}", file.display()));
        if from.exists() {
            fs::rename(from, format!("{}{part}", kept.display()))?;
        }
    }
    Ok(kept)
}

/// The damaged file that was moved aside last.
fn newest_damaged(directory: &Path) -> Result<Option<PathBuf>> {
    let prefix = format!("{DATABASE_FILE}{DAMAGED}");
    let mut found = Vec::new();
    for entry in fs::read_dir(directory)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name.starts_with(&prefix) && !name.ends_with("-wal") && !name.ends_with("-shm") {
            found.push(name);
        }
    }
    Ok(found.into_iter().max().map(|name| directory.join(name)))
}
