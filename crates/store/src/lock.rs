//! The lock on the data directory. The kernel lets it go when the process dies, however it dies.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;
use std::process;
use std::time::Duration;

use duologue_core::store::StoreErrorKind;

use crate::fault::Result;

/// The lock's file in the data directory. It stays there; only the lock on it says whether the directory is in use.
const LOCK_FILE: &str = ".lock";

/// How often the lock is tried, and how long to wait between two tries.
const TRIES: u32 = 25;
const PAUSE: Duration = Duration::from_millis(20);

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
        match patiently(&file) {
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

/// Takes the lock, also where it is let go within a moment: a process that is being started has what this one has open
/// until it has become its own program, and so has a lock for a little longer than whoever let it go.
fn patiently(file: &File) -> std::result::Result<(), TryLockError> {
    for _ in 1..TRIES {
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => std::thread::sleep(PAUSE),
            taken => return taken,
        }
    }
    file.try_lock()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_that_is_let_go_within_a_moment_is_waited_for() {
        let directory = std::env::temp_dir().join(format!("duologue-lock-{}", process::id()));
        std::fs::create_dir_all(&directory).expect("a directory can be made");
        let first = DirectoryLock::take(&directory).expect("nobody has it");
        let second = std::thread::scope(|scope| {
            let second = scope.spawn(|| DirectoryLock::take(&directory));
            std::thread::sleep(PAUSE);
            drop(first);
            second.join()
        });
        assert!(second.expect("nothing panics").is_ok());
        let kept = DirectoryLock::take(&directory).expect("it was let go");
        assert!(
            DirectoryLock::take(&directory).is_err(),
            "it is not waited for for ever"
        );
        drop(kept);
        std::fs::remove_dir_all(directory).expect("it can be removed");
    }
}
