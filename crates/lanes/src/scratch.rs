//! The files of tasks on disk, in a folder that belongs to one bot and goes with it.

use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use duologue_core::TaskId;
use duologue_core::content::MediaSource;
use duologue_core::task::{FileKey, Scratch, ScratchWriter};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::io::AsyncWriteExt;
use tokio::sync::OnceCell;

/// The file that a bot holds locked while its folder is in use.
const LOCK: &str = "lock";

/// Keeps the files of tasks in a folder of their own, which is made for the first file. Folders that bots left behind
/// there, for instance when they were killed, are removed then.
pub struct DiskScratch {
    below: PathBuf,
    own: OnceCell<Folder>,
}

/// The folder of one bot.
struct Folder {
    path: PathBuf,
    /// Locked as long as it is open.
    _lock: File,
}

impl DiskScratch {
    /// Files go into a new folder below this one. Nothing is touched before there is a file.
    #[must_use]
    pub fn new(below: impl Into<PathBuf>) -> Self {
        Self {
            below: below.into(),
            own: OnceCell::new(),
        }
    }

    async fn folder(&self) -> io::Result<&Folder> {
        let open = || async {
            let below = self.below.clone();
            // Once, for the first file.
            let opened = tokio::task::spawn_blocking(move || Folder::open(&below)).await;
            opened.map_err(io::Error::other)?
        };
        self.own.get_or_try_init(open).await
    }
}

impl Folder {
    fn open(below: &Path) -> io::Result<Self> {
        make_directory(below)?;
        remove_abandoned(below)?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let path = below.join(format!("{}-{}", std::process::id(), now.as_nanos()));
        make_directory(&path)?;
        let lock = File::create_new(path.join(LOCK))?;
        lock.try_lock().map_err(io::Error::from)?;
        Ok(Self {
            path: std::path::absolute(path)?,
            _lock: lock,
        })
    }

    fn of_task(&self, task: u64) -> PathBuf {
        self.path.join(task.to_string())
    }

    fn path(&self, key: FileKey) -> PathBuf {
        self.of_task(key.task)
            .join(format!("{}-{}", key.part, key.number))
    }
}

/// Makes a directory with those above it, for this user alone: they are those of the bot's data as well.
fn make_directory(directory: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory)
}

/// A bot holds the lock of its folder; what is not locked was left behind.
fn remove_abandoned(below: &Path) -> io::Result<()> {
    for entry in std::fs::read_dir(below)? {
        let folder = entry?.path();
        let Ok(lock) = File::open(folder.join(LOCK)) else {
            // No folder of ours, or one that is being made at this very moment.
            continue;
        };
        match lock.try_lock() {
            Ok(()) => {
                drop(lock);
                tracing::info!(folder = %folder.display(), "removing the files of tasks that an earlier run left behind");
                std::fs::remove_dir_all(&folder)?;
            }
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
    Ok(())
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.path) {
            tracing::debug!(folder = %self.path.display(), %error, "the folder for files of tasks was not removed");
        }
    }
}

impl Scratch for DiskScratch {
    fn create(&self, key: FileKey) -> BoxFuture<'_, io::Result<Box<dyn ScratchWriter>>> {
        async move {
            let folder = self.folder().await?;
            tokio::fs::create_dir_all(folder.of_task(key.task)).await?;
            let file = tokio::fs::File::create_new(folder.path(key)).await?;
            Ok(Box::new(Writer { file }) as Box<dyn ScratchWriter>)
        }
        .boxed()
    }

    fn source(&self, key: FileKey) -> Option<MediaSource> {
        let path = self.own.get()?.path(key);
        path.exists().then_some(MediaSource::Path(path))
    }

    fn remove(&self, task: TaskId) -> BoxFuture<'_, ()> {
        async move {
            let Some(folder) = self.own.get() else { return };
            match tokio::fs::remove_dir_all(folder.of_task(task.0)).await {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    tracing::warn!(%task, %error, "the files of a task were not removed");
                }
                _ => {}
            }
        }
        .boxed()
    }
}

struct Writer {
    file: tokio::fs::File,
}

impl ScratchWriter for Writer {
    fn write(&mut self, bytes: Bytes) -> BoxFuture<'_, io::Result<()>> {
        async move { self.file.write_all(&bytes).await }.boxed()
    }

    fn finish(mut self: Box<Self>) -> BoxFuture<'static, io::Result<()>> {
        // What was written is with the system then; a file that does not outlive its task need not reach the disk.
        async move { self.file.flush().await }.boxed()
    }
}
