//! Copies of the whole store in one file, made while it is in use, and the check of one.

use std::fs::{self, File, OpenOptions};
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};

use duologue_core::store::{Counts, StoreError, StoreErrorKind};

use crate::fault::{Fault, Result, impossible};
use crate::live::Live;
use crate::names::Names;
use crate::open::DATABASE_FILE;
use crate::ops::upkeep;
use crate::tx::{Opening, Tx};
use crate::{open, schema};

/// What a check of a file has found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// The version of its schema.
    pub version: u32,
    /// How much it holds.
    pub counts: Counts,
    /// Its size in bytes.
    pub bytes: u64,
}

/// Checks a backup: that it is one, that this program can read it, and that every page and reference in it is whole.
/// It blocks as long as it takes to read the file.
///
/// # Errors
///
/// [`StoreErrorKind::Foreign`] for something else, [`StoreErrorKind::Newer`] for one of a newer version,
/// [`StoreErrorKind::Impossible`] for one that is damaged or empty, [`StoreErrorKind::Failed`] when it cannot be read.
pub fn verify(file: &Path) -> std::result::Result<Verified, StoreError> {
    check(file).map_err(|fault| match fault {
        // To whoever asks, a file that is no database is as good as one that is damaged.
        fault if fault.is_damage() => {
            let kind = StoreErrorKind::Impossible("the backup is damaged");
            StoreError::new("verify", kind).with_source(fault)
        }
        fault => fault.tell("verify"),
    })
}

fn check(file: &Path) -> Result<Verified> {
    let bytes = fs::metadata(file)?.len();
    let connection = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    // All of it as of one moment: a bot may be using it.
    let connection = connection.unchecked_transaction()?;
    schema::check(&connection)?;
    let version = schema::version(&connection)?;
    if version == 0 {
        return Err(impossible("the backup is empty"));
    }
    open::check(&connection, "integrity_check")?;
    let strays: i64 = connection.query_row("SELECT count(*) FROM pragma_foreign_key_check()", [], |row| {
        row.get(0)
    })?;
    if strays > 0 {
        return Err(impossible("the backup has entries without what they belong to"));
    }
    let tx = Tx {
        connection: &connection,
        names: &Names::default(),
        opening: &Opening::default(),
    };
    let live = if version < schema::JOURNAL_SINCE {
        Live::default()
    } else {
        // It reads the journal whole.
        Live::load(&tx)?
    };
    let mut counts = upkeep::counts(&tx, &live)?;
    if version < schema::JOURNAL_SINCE {
        upkeep::count_tables(&tx, &mut counts)?;
    }
    Ok(Verified {
        version,
        counts,
        bytes,
    })
}

/// Copies the store of a data directory into a new file, as of one moment, and checks the copy, also while a bot uses the
/// directory: it takes no lock, and reads and writes go on meanwhile. It blocks for as long as that takes.
///
/// # Errors
///
/// [`StoreErrorKind::Exists`] where the file is there already, [`StoreErrorKind::Full`] where it does not fit,
/// [`StoreErrorKind::Newer`] and [`StoreErrorKind::Foreign`] where the data is not for this program,
/// [`StoreErrorKind::Impossible`] where it is damaged, [`StoreErrorKind::Failed`] where there is none or it cannot be
/// read. A copy that failed leaves no file.
pub fn backup(directory: &Path, file: &Path) -> std::result::Result<Verified, StoreError> {
    copy(&directory.join(DATABASE_FILE), file).map_err(|fault| fault.tell("backup"))
}

/// Copies the store into a new file, as of one moment, while others read and write.
pub(crate) fn copy(from: &Path, to: &Path) -> Result<Verified> {
    let exists = || Fault::Store(StoreErrorKind::Exists { file: to.to_owned() });
    if to.exists() {
        return Err(exists());
    }
    // Under another name until it is whole, so that nobody takes a half one for a backup.
    let part = PathBuf::from(format!("{}.part-{}", to.display(), std::process::id()));
    let made = copy_into(from, &part);
    let verified = made.and_then(|()| {
        let verified = check(&part)?;
        if to.exists() {
            return Err(exists());
        }
        fs::rename(&part, to)?;
        // The name is durable only with its directory.
        #[cfg(unix)]
        if let Some(directory) = to.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            File::open(directory)?.sync_all()?;
        }
        Ok(verified)
    });
    if verified.is_err() && part.exists() {
        fs::remove_file(&part)?;
    }
    verified
}

fn copy_into(from: &Path, part: &Path) -> Result<()> {
    if part.exists() {
        fs::remove_file(part)?;
    }
    let connection = Connection::open_with_flags(from, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    connection.pragma_update(None, "busy_timeout", 5000)?;
    let to = part.to_str().ok_or(impossible("a file name that is no text"))?;
    // What people say to a bot is nobody else's business on this machine. An empty file is filled as it is.
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(part)?;
    connection.execute("VACUUM INTO ?1", [to])?;
    File::open(part)?.sync_all()?;
    Ok(())
}
