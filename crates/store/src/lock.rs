//! The lock on the data directory. The kernel lets it go when the process dies, however it dies.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;
use std::process;

use duologue_core::store::StoreErrorKind;

use crate::fault::Result;

/// The lock's file in the data directory. It stays there; only the lock on it says whether the directory is in use.
const LOCK_FILE: &str = ".lock";

/// The lock, for as long as it lives.
#[derive(Debug)]
pub(crate) struct DirectoryLock {
    _file: File,
}

impl DirectoryLock {
    /// Takes the lock, or says which process has it.
    pub(crate) fn take(directory: &Path) -> Result<Self> {
        let path = directory.join(LOCK_FILE);
        let mut options = OpenOptions::new();
        let mut file = options
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                file.read_to_string(&mut holder)?;
                let mut words = holder.split_whitespace();
                let mut word = || words.next().unwrap_or("(unknown)").to_owned();
                let (pid, since) = (word(), word());
                let directory = directory.to_owned();
                return Err(StoreErrorKind::InUse {
                    directory,
                    pid,
                    since,
                }
                .into());
            }
            Err(TryLockError::Error(error)) => return Err(error.into()),
        }
        let since = jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ");
        file.set_len(0)?;
        file.rewind()?;
        write!(file, "{} {since}", process::id())?;
        Ok(Self { _file: file })
    }
}
