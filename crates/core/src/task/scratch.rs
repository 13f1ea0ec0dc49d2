//! The files of tasks: written in pieces, counted against limits, and gone with their task. What keeps the bytes is
//! behind [`Scratch`]; the counting is here.

use std::collections::HashMap;
use std::io::{self, Read};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use super::node::Node;
use super::process::{WorkerEvent, WorkerPort};
use super::scheduler::Scheduler;
use super::{Limit, TaskError, TaskId};
use crate::content::MediaSource;

/// A file that a task has written. It is there until the task's result was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskFile {
    /// Its name.
    pub name: String,
    /// Its length, in bytes.
    pub bytes: u64,
    pub(crate) key: FileKey,
}

/// Which file of which task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct FileKey {
    /// The task.
    pub task: u64,
    /// The part of it, as children have numbers of their own.
    pub part: u64,
    /// The file of that part.
    pub number: u32,
}

/// Keeps the files of tasks.
pub trait Scratch: Send + Sync + 'static {
    /// Begins a file.
    ///
    /// # Errors
    ///
    /// When it cannot be made.
    fn create(&self, key: FileKey) -> BoxFuture<'_, io::Result<Box<dyn ScratchWriter>>>;

    /// Where a file that is whole can be read.
    fn source(&self, key: FileKey) -> Option<MediaSource>;

    /// Removes all files of a task.
    fn remove(&self, task: TaskId) -> BoxFuture<'_, ()>;
}

/// A file that is being written. Dropped before it is finished, it goes with its task.
pub trait ScratchWriter: Send {
    /// Writes on.
    ///
    /// # Errors
    ///
    /// When the file system refuses, such as for want of room.
    fn write(&mut self, bytes: Bytes) -> BoxFuture<'_, io::Result<()>>;

    /// Makes it whole.
    ///
    /// # Errors
    ///
    /// As for [`ScratchWriter::write`].
    fn finish(self: Box<Self>) -> BoxFuture<'static, io::Result<()>>;
}

/// Keeps the files of tasks in memory: for tests, and for bots whose tasks write little.
#[derive(Clone, Debug, Default)]
pub struct MemoryScratch {
    files: Arc<Mutex<HashMap<FileKey, Bytes>>>,
}

struct MemoryWriter {
    files: MemoryScratch,
    key: FileKey,
    written: Vec<u8>,
}

impl MemoryScratch {
    /// How many files are kept.
    #[must_use]
    pub fn count(&self) -> usize {
        self.lock().len()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<FileKey, Bytes>> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Scratch for MemoryScratch {
    fn create(&self, key: FileKey) -> BoxFuture<'_, io::Result<Box<dyn ScratchWriter>>> {
        let writer = MemoryWriter {
            files: self.clone(),
            key,
            written: Vec::new(),
        };
        async move { Ok(Box::new(writer) as Box<dyn ScratchWriter>) }.boxed()
    }

    fn source(&self, key: FileKey) -> Option<MediaSource> {
        self.lock().get(&key).cloned().map(MediaSource::Bytes)
    }

    fn remove(&self, task: TaskId) -> BoxFuture<'_, ()> {
        self.lock().retain(|key, _| key.task != task.0);
        async {}.boxed()
    }
}

impl ScratchWriter for MemoryWriter {
    fn write(&mut self, bytes: Bytes) -> BoxFuture<'_, io::Result<()>> {
        self.written.extend_from_slice(&bytes);
        async { Ok(()) }.boxed()
    }

    fn finish(self: Box<Self>) -> BoxFuture<'static, io::Result<()>> {
        let Self { files, key, written } = *self;
        files.lock().insert(key, written.into());
        async { Ok(()) }.boxed()
    }
}

/// A file that a task is writing. What it writes counts against the task's limit and that of all tasks.
pub struct FileWriter {
    name: String,
    bytes: u64,
    key: FileKey,
    home: WriterHome,
}

enum WriterHome {
    Host {
        node: Arc<Node>,
        scheduler: Arc<Scheduler>,
        writer: Box<dyn ScratchWriter>,
    },
    Worker(Arc<dyn WorkerPort>),
}

impl FileWriter {
    pub(super) async fn host(
        node: &Arc<Node>,
        scheduler: &Arc<Scheduler>,
        key: FileKey,
        name: String,
    ) -> Result<Self, TaskError> {
        let writer = scheduler.scratch.create(key).await?;
        Ok(Self {
            name,
            bytes: 0,
            key,
            home: WriterHome::Host {
                node: Arc::clone(node),
                scheduler: Arc::clone(scheduler),
                writer,
            },
        })
    }

    pub(super) fn worker(port: &Arc<dyn WorkerPort>, key: FileKey, name: String) -> Result<Self, TaskError> {
        port.tell(WorkerEvent::FileBegins(key.number, name.clone()))?;
        Ok(Self {
            name,
            bytes: 0,
            key,
            home: WriterHome::Worker(Arc::clone(port)),
        })
    }

    /// Writes on.
    ///
    /// Not cancel safe: part of the bytes may have been written.
    ///
    /// # Errors
    ///
    /// [`TaskError::OverLimit`] when the task, or all tasks together, keep more than they may; a fault when the file
    /// system refuses.
    pub async fn write(&mut self, bytes: impl Into<Bytes>) -> Result<(), TaskError> {
        /// What travels at once from a worker: far below the largest frame, and enough for a pipe to be busy.
        const PIECE: usize = 64 << 10;
        let bytes = bytes.into();
        self.bytes += bytes.len() as u64;
        match &mut self.home {
            WriterHome::Host {
                node,
                scheduler,
                writer,
            } => {
                scheduler.count_file(&node.tree, bytes.len() as u64)?;
                writer.write(bytes).await?;
            }
            WriterHome::Worker(port) => {
                for piece in bytes.chunks(PIECE) {
                    port.tell(WorkerEvent::FileBytes(self.key.number, piece.to_vec()))?;
                }
            }
        }
        Ok(())
    }

    /// Makes the file whole.
    ///
    /// # Errors
    ///
    /// A fault when the file system refuses.
    pub async fn finish(self) -> Result<TaskFile, TaskError> {
        match self.home {
            WriterHome::Host { writer, .. } => writer.finish().await?,
            WriterHome::Worker(port) => port.tell(WorkerEvent::FileEnds(self.key.number))?,
        }
        Ok(TaskFile {
            name: self.name,
            bytes: self.bytes,
            key: self.key,
        })
    }
}

/// A file that a task was given, to be read once from its beginning. Reading waits, so it is for the blocking and the
/// process lane.
pub struct FileReader {
    /// Its name.
    pub name: SmolStr,
    /// Its length in bytes.
    pub bytes: u64,
    pub(super) home: ReaderHome,
}

pub(super) enum ReaderHome {
    Memory(io::Cursor<Bytes>),
    File(std::fs::File),
    Worker(Arc<dyn WorkerPort>, usize),
}

impl FileReader {
    /// Reads all of it.
    ///
    /// # Errors
    ///
    /// [`TaskError::OverLimit`] when there are more bytes than `limit`; a fault when it cannot be read.
    pub fn read_all(mut self, limit: u64) -> Result<Vec<u8>, TaskError> {
        if self.bytes > limit {
            return Err(TaskError::OverLimit(Limit::Message(limit)));
        }
        let mut whole = Vec::with_capacity(usize::try_from(self.bytes).unwrap_or_default());
        // The length is what its giver said; what is there counts.
        let read = (&mut self).take(limit + 1).read_to_end(&mut whole)?;
        if read as u64 > limit {
            return Err(TaskError::OverLimit(Limit::Message(limit)));
        }
        Ok(whole)
    }
}

impl Read for FileReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match &mut self.home {
            ReaderHome::Memory(bytes) => bytes.read(buffer),
            ReaderHome::File(file) => file.read(buffer),
            ReaderHome::Worker(port, index) => port.read(*index, buffer),
        }
    }
}

impl Scheduler {
    /// Counts bytes that a tree of tasks writes, if it may.
    pub(super) fn count_file(&self, tree: &super::node::Tree, bytes: u64) -> Result<(), TaskError> {
        let add = |counter: &std::sync::atomic::AtomicU64, limit: u64| {
            counter
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |used| {
                    used.checked_add(bytes).filter(|sum| *sum <= limit)
                })
                .map_err(|_| TaskError::OverLimit(Limit::Files(limit)))
        };
        add(&tree.files, self.limits.files_per_task)?;
        if let Err(error) = add(&self.files, self.limits.files) {
            tree.files.fetch_sub(bytes, Ordering::Relaxed);
            return Err(error);
        }
        Ok(())
    }

    /// Removes the files of a tree that has ended.
    pub(super) async fn remove_files(&self, tree: &super::node::Tree) {
        let bytes = tree.files.swap(0, Ordering::Relaxed);
        if bytes > 0 {
            self.scratch.remove(tree.id).await;
            self.files.fetch_sub(bytes, Ordering::Relaxed);
        }
    }
}
