//! What goes wrong inside, and how it is told outside.

use rusqlite::ErrorCode;
use rusqlite::ffi::SQLITE_IOERR_SHMSIZE;

use duologue_core::store::{StoreError, StoreErrorKind};

/// Why an operation on the database failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    /// SQLite says so.
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    /// The file system says so.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// It has its name already.
    #[error(transparent)]
    Store(#[from] StoreErrorKind),
    /// A fault of ours.
    #[error("the operation ended in a panic: {0}")]
    Panic(String),
}

/// The result of an operation on the database.
pub(crate) type Result<T> = std::result::Result<T, Fault>;

impl Fault {
    /// Whether the file itself is damaged.
    pub(crate) fn is_damage(&self) -> bool {
        let Self::Sqlite(error) = self else { return false };
        matches!(
            error.sqlite_error_code(),
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)
        )
    }

    /// The error as the caller sees it.
    pub(crate) fn tell(self, operation: &'static str) -> StoreError {
        let kind = match &self {
            Self::Store(kind) => return StoreError::new(operation, kind.clone()),
            Self::Panic(_) => StoreErrorKind::Failed(self.to_string()),
            Self::Io(error) if error.kind() == std::io::ErrorKind::StorageFull => StoreErrorKind::Full,
            Self::Io(error) => StoreErrorKind::Failed(error.to_string()),
            Self::Sqlite(error) => sqlite_kind(error),
        };
        StoreError::new(operation, kind).with_source(self)
    }
}

fn sqlite_kind(error: &rusqlite::Error) -> StoreErrorKind {
    let extended = error.sqlite_error().map(|error| error.extended_code);
    match error.sqlite_error_code() {
        // The second is how a full disk shows when the index of the log cannot grow.
        Some(ErrorCode::DiskFull) => StoreErrorKind::Full,
        Some(_) if extended == Some(SQLITE_IOERR_SHMSIZE) => StoreErrorKind::Full,
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            StoreErrorKind::Impossible("the database file is damaged")
        }
        _ => StoreErrorKind::Failed(error.to_string()),
    }
}

/// What is in the file and cannot be ours.
pub(crate) fn impossible(what: &'static str) -> Fault {
    Fault::Store(StoreErrorKind::Impossible(what))
}
