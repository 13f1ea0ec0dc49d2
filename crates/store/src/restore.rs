//! Putting a backup into a data directory that nobody uses. Owns nothing.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use duologue_core::store::StoreError;

use crate::backup::{Verified, verify};
use crate::fault::Result;
use crate::lock::DirectoryLock;
use crate::open::{DATABASE_FILE, free_name, make_directory, move_aside};

/// What stands between the file's name and the time in the name of one that a backup has replaced.
const REPLACED: &str = ".replaced-";

/// What a backup is called in the directory until it is whole.
const PART: &str = "duologue.db.restoring";

/// What became of a data directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    /// What is there now.
    pub verified: Verified,
    /// Where that is which was there before, if anything was.
    pub kept: Option<PathBuf>,
}

/// Puts a backup into the place of what a data directory holds, which is kept beside it under another name; the backup
/// itself stays where it is. The directory is made where it is missing. It blocks for as long as that takes.
///
/// # Errors
///
/// As [`verify`] for the backup, before anything is touched;
/// [`StoreErrorKind::InUse`](duologue_core::store::StoreErrorKind::InUse) while a process has the directory;
/// [`StoreErrorKind::Full`](duologue_core::store::StoreErrorKind::Full) where there is no room for both.
pub fn restore(directory: &Path, backup: &Path) -> std::result::Result<Restored, StoreError> {
    verify(backup)?;
    let (_lock, part) = bring(directory, backup).map_err(|fault| fault.tell("restore"))?;
    // What was read may not be what was written.
    let restored = verify(&part).and_then(|verified| {
        let kept = replace(directory, &part).map_err(|fault| fault.tell("restore"))?;
        Ok(Restored { verified, kept })
    });
    if restored.is_err() {
        // It was not put in place; the error says more than a part that cannot be removed.
        let _ = fs::remove_file(&part);
    }
    restored
}

/// Copies the backup into the directory, under the lock that keeps everybody else out.
fn bring(directory: &Path, backup: &Path) -> Result<(DirectoryLock, PathBuf)> {
    make_directory(directory)?;
    let lock = DirectoryLock::take(directory)?;
    let part = directory.join(PART);
    let mut from = File::open(backup)?;
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    // As the directory itself: what people say to a bot is nobody else's business on this machine.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let copied = options.open(&part).and_then(|mut to| {
        io::copy(&mut from, &mut to)?;
        to.sync_all()
    });
    if let Err(error) = copied {
        // A half copy is of no use to anybody.
        let _ = fs::remove_file(&part);
        return Err(error.into());
    }
    Ok((lock, part))
}

/// Gives what is there another name, and the part its own.
fn replace(directory: &Path, part: &Path) -> Result<Option<PathBuf>> {
    let file = directory.join(DATABASE_FILE);
    let kept = if file.exists() && folded_in(&file) {
        // It has two names until the part takes one of them, so that a process that ends here leaves the old data.
        let kept = free_name(&file, REPLACED);
        match fs::hard_link(&file, &kept) {
            Ok(()) => Some(kept),
            Err(_) => Some(move_aside(&file, REPLACED)?),
        }
    } else if file.exists() || beside(&file, "-wal").exists() {
        Some(move_aside(&file, REPLACED)?)
    } else {
        None
    };
    for rest in ["-wal", "-shm"] {
        match fs::remove_file(beside(&file, rest)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
    }
    fs::rename(part, &file)?;
    // The names are durable only with their directory.
    #[cfg(unix)]
    File::open(directory)?.sync_all()?;
    Ok(kept)
}

/// Whether the log could be folded into its file, so that the file alone is everything.
fn folded_in(file: &Path) -> bool {
    let fold = || -> rusqlite::Result<bool> {
        let connection = Connection::open(file)?;
        let busy: i64 = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
        Ok(busy == 0)
    };
    let empty = |path: PathBuf| fs::metadata(path).map_or(true, |data| data.len() == 0);
    fold().unwrap_or(false) && empty(beside(file, "-wal"))
}

fn beside(file: &Path, suffix: &str) -> PathBuf {
    PathBuf::from(format!("{}{suffix}", file.display()))
}
