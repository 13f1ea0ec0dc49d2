//! Tasks as they are kept, so that they go on or are told of after a restart. Pure data.

use bytes::Bytes;

use crate::task::TaskRecord;

/// A task with what it takes to go on.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredTask {
    /// What is known of it.
    pub record: TaskRecord,
    /// Its place in the line: smaller goes first.
    pub place: u64,
    /// What it was started with, at most [`BODY_LIMIT`](super::BODY_LIMIT) bytes.
    pub body: Bytes,
    /// How far it got, in its own form, at most [`BODY_LIMIT`](super::BODY_LIMIT) bytes.
    pub checkpoint: Option<Bytes>,
}
