//! The errors of a store, typed by what a caller can do about them.

use std::path::PathBuf;
use std::time::Duration;

use crate::error::Retry;

/// How long to wait before something is tried again on a full disk.
const FULL_PAUSE: Duration = Duration::from_secs(5);

/// Why a store did not do what it was asked for. Nothing of the operation was kept, unless the kind says otherwise.
#[derive(Debug, thiserror::Error)]
#[error("{operation}: {kind}")]
pub struct StoreError {
    /// What was tried, such as `commit`.
    pub operation: &'static str,
    /// What happened.
    pub kind: StoreErrorKind,
    /// The cause below.
    #[source]
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// What happened to a store.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreErrorKind {
    /// There is no room on the disk. Nothing must be confirmed to a network now; it heals by itself once there is room.
    #[error("the disk is full: make room and the bot goes on by itself")]
    Full,
    /// Something is larger than the store takes.
    #[error("{what} of {found} is above the limit of {limit}: make it smaller, or keep it in a file")]
    TooLarge {
        /// What is too large, with its unit.
        what: &'static str,
        /// How large it is.
        found: u64,
        /// The most that goes.
        limit: u64,
    },
    /// What was asked for makes no sense to any store.
    #[error("not taken: {0}")]
    Invalid(&'static str),
    /// Another process has the data directory.
    #[error(
        "process {pid} has used {} since {since}: stop it, or give this bot a directory of its own",
        directory.display()
    )]
    InUse {
        /// The directory.
        directory: PathBuf,
        /// The other process, as far as it says.
        pid: String,
        /// Since when, as far as it says.
        since: String,
    },
    /// The data is damaged. It was moved aside and is not touched again.
    #[error(
        "the data is damaged and was kept as {}: put a backup in its place, or allow the bot to start anew",
        kept.display()
    )]
    Damaged {
        /// Where it is now.
        kept: PathBuf,
    },
    /// The data was written by a newer version.
    #[error(
        "the data has version {found} and this program knows up to {known}: use the newer program, or put a backup of \
         its time in place"
    )]
    Newer {
        /// The version of the data.
        found: u32,
        /// The newest that is known.
        known: u32,
    },
    /// The file belongs to something else.
    #[error("{} is no data of this program: give it another name or another directory", file.display())]
    Foreign {
        /// The file.
        file: PathBuf,
    },
    /// The file that should be made is there already. It was not touched.
    #[error("{} is there already: name another file", file.display())]
    Exists {
        /// The file.
        file: PathBuf,
    },
    /// Something in the data cannot be what this program wrote.
    #[error(
        "the data says something impossible ({0}): check the file, and put a backup in its place if it is damaged"
    )]
    Impossible(&'static str),
    /// The store was closed. Whether the operation was done is unknown if it waited at that moment.
    #[error("the store was closed")]
    Closed,
    /// The disk or the database failed in another way.
    #[error("the disk or the database failed: {0}")]
    Failed(String),
}

impl StoreError {
    /// An error without a cause below.
    #[must_use]
    pub fn new(operation: &'static str, kind: StoreErrorKind) -> Self {
        Self {
            operation,
            kind,
            source: None,
        }
    }

    /// The same error with its cause.
    #[must_use]
    pub fn with_source(mut self, source: impl std::error::Error + Send + Sync + 'static) -> Self {
        self.source = Some(Box::new(source));
        self
    }

    /// What to do about it.
    #[must_use]
    pub fn retry(&self) -> Retry {
        match self.kind {
            StoreErrorKind::Full => Retry::After(FULL_PAUSE),
            StoreErrorKind::Failed(_) => Retry::Soon,
            _ => Retry::Never,
        }
    }
}
