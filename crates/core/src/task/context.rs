//! What a task sees while it runs, alike in all three lanes. Owns nothing: its node does, or the host of its worker.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Poll, Wake, Waker};
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use smol_str::SmolStr;
use tokio::runtime::Handle;
use tokio::time::Instant;

use super::node::Node;
use super::process::{WireProgress, WorkerEvent, WorkerPort};
use super::scheduler::{Owner, Scheduler};
use super::scratch::ReaderHome;
use super::spec::{InputSource, Receive};
use super::{
    FileKey, FileReader, FileWriter, InputFile, Lane, Limit, Progress, TaskError, TaskFile, Unit, WorkerFault,
};
use crate::content::{Media, MediaSource};
use crate::event::AttachmentKind;

/// How often a worker tells its host how far it is, at most.
const TELL_EVERY: Duration = Duration::from_millis(50);

/// What a task sees while it runs, alike in all three lanes. Cheap to clone.
///
/// ```
/// use duologue_core::{TaskContext, TaskError, Unit};
///
/// // The same function would do in the blocking and in the process lane.
/// fn count(task: &TaskContext, pages: &[&str]) -> Result<usize, TaskError> {
///     task.unit(Unit::named("pages"));
///     let mut words = 0;
///     for (done, page) in pages.iter().enumerate() {
///         task.check()?;
///         words += page.split_whitespace().count();
///         task.progress(done as u64 + 1, pages.len() as u64);
///     }
///     Ok(words)
/// }
/// # let _ = count;
/// ```
#[derive(Clone)]
pub struct TaskContext {
    pub(super) home: Home,
}

#[derive(Clone)]
pub(super) enum Home {
    Host(Arc<HostHome>),
    Worker(Arc<WorkerHome>),
}

/// A task in the bot's own process.
pub(super) struct HostHome {
    pub(super) node: Arc<Node>,
    pub(super) scheduler: Arc<Scheduler>,
    pub(super) owner: Arc<Owner>,
    pub(super) lane: Lane,
    pub(super) runtime: Handle,
    pub(super) inputs: Vec<InputFile>,
    pub(super) receive: Option<Receive>,
    pub(super) next_file: AtomicU32,
}

/// A task inside a worker process.
pub(super) struct WorkerHome {
    pub(super) port: Arc<dyn WorkerPort>,
    /// Which child it is; 0 is the job itself.
    pub(super) child: u64,
    pub(super) shared: Arc<WorkerShared>,
    told: Mutex<Told>,
}

/// What a job and its children in a worker share.
pub(super) struct WorkerShared {
    pub(super) key: (u64, u64),
    pub(super) next_child: AtomicU64,
    next_file: AtomicU32,
    began: Instant,
    deadline: Option<Instant>,
}

struct Told {
    progress: Progress,
    at: Option<Instant>,
    /// Whether the newest progress was not told yet.
    due: bool,
}

impl TaskContext {
    pub(super) fn host(home: HostHome) -> Self {
        Self {
            home: Home::Host(Arc::new(home)),
        }
    }

    pub(super) fn worker(port: Arc<dyn WorkerPort>, child: u64, shared: Arc<WorkerShared>) -> Self {
        let told = Told {
            progress: Progress::default(),
            at: None,
            due: false,
        };
        Self {
            home: Home::Worker(Arc::new(WorkerHome {
                port,
                child,
                shared,
                told: Mutex::new(told),
            })),
        }
    }

    /// The lane it runs in.
    #[must_use]
    pub fn lane(&self) -> Lane {
        match &self.home {
            Home::Host(home) => home.lane,
            Home::Worker(_) => Lane::Process,
        }
    }

    /// Says how far it is, in the unit and with the words of before. It costs little and may be said at every step.
    pub fn progress(&self, done: u64, of: u64) {
        self.change(|progress| {
            progress.done = done;
            progress.of = Some(of);
        });
    }

    /// Says how far it is. It costs little and may be said at every step.
    pub fn report(&self, progress: Progress) {
        self.change(|old| *old = progress);
    }

    /// Says what is counted.
    pub fn unit(&self, unit: Unit) {
        self.change(|progress| progress.unit = unit);
    }

    /// Says what is being done, in a few words.
    pub fn text(&self, text: impl Into<SmolStr>) {
        let text = text.into();
        self.change(|progress| progress.text = text);
    }

    /// Writes a line into the log. The newest few stand on the card as well.
    pub fn log(&self, line: impl AsRef<str>) {
        match &self.home {
            Home::Host(home) => home.node.log(line.as_ref()),
            Home::Worker(home) => home.tell(WorkerEvent::Log(home.child, line.as_ref().to_owned())),
        }
    }

    /// Shows an intermediate result on the card, in place of the one before.
    pub fn show(&self, words: impl AsRef<str>) {
        match &self.home {
            Home::Host(home) => home.node.show(words.as_ref()),
            Home::Worker(home) => home.tell(WorkerEvent::Show(home.child, words.as_ref().to_owned())),
        }
    }

    /// Gives an intermediate result to whoever started the task and hears it by
    /// [`Task::receive`](super::Task::receive).
    ///
    /// # Errors
    ///
    /// A fault when the value cannot be written.
    pub fn emit(&self, value: &impl Serialize) -> Result<(), TaskError> {
        let bytes = postcard::to_allocvec(value)?;
        match &self.home {
            Home::Host(home) => {
                if let Some(receive) = &home.receive {
                    receive(&bytes);
                }
            }
            Home::Worker(home) => home.port.tell(WorkerEvent::Emit(bytes))?,
        }
        Ok(())
    }

    /// Keeps how far it is: a task that is [`resumable`](super::Task::resumable) gets its last checkpoint back by
    /// [`TaskContext::resumed`] when the bot is restarted. Of several that come fast the newest is kept, and one is kept
    /// within moments, not at once.
    ///
    /// # Errors
    ///
    /// A fault when the value cannot be written or is above the store's limit of
    /// [`BODY_LIMIT`](crate::store::BODY_LIMIT) bytes; [`TaskError::WrongLane`] in a worker process, whose
    /// parent task can keep what the worker [emits](Self::emit).
    pub fn checkpoint(&self, value: &impl Serialize) -> Result<(), TaskError> {
        let Home::Host(home) = &self.home else {
            return Err(TaskError::WrongLane(
                "a checkpoint is kept outside of the worker process",
            ));
        };
        let bytes = serde_json::to_vec(value)?;
        if bytes.len() > crate::store::BODY_LIMIT {
            return Err(format!(
                "a checkpoint of {} bytes is above the limit of {}",
                bytes.len(),
                crate::store::BODY_LIMIT
            )
            .into());
        }
        home.node.tree.set_checkpoint(bytes.into());
        Ok(())
    }

    /// The last checkpoint, of before a restart as well; nothing where there was none, and in a worker process.
    ///
    /// # Errors
    ///
    /// A fault when it has another form, such as one of an earlier version of the bot.
    pub fn resumed<T: DeserializeOwned>(&self) -> Result<Option<T>, TaskError> {
        let Home::Host(home) = &self.home else {
            return Ok(None);
        };
        match home.node.tree.checkpoint() {
            Some(bytes) => Ok(Some(serde_json::from_slice(&bytes)?)),
            None => Ok(None),
        }
    }

    /// Whether it should end. A task of the process lane is killed instead, and one of the async lane dropped.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        match &self.home {
            Home::Host(home) => home.node.cancel.is_cancelled(),
            Home::Worker(_) => false,
        }
    }

    /// Completes when it should end.
    ///
    /// Cancel safe.
    pub async fn cancelled(&self) {
        match &self.home {
            Home::Host(home) => home.node.cancel.cancelled().await,
            Home::Worker(_) => std::future::pending().await,
        }
    }

    /// Ends it with `?` when it should end: for loops that do not await.
    ///
    /// # Errors
    ///
    /// [`TaskError::Cancelled`] or [`TaskError::TimedOut`].
    pub fn check(&self) -> Result<(), TaskError> {
        if let Home::Host(home) = &self.home
            && home.node.cancel.is_cancelled()
        {
            return Err(TaskError::Cancelled(home.node.canceller()));
        }
        match self.deadline() {
            Some(deadline) if Instant::now() >= deadline => Err(TaskError::TimedOut(self.ran())),
            _ => Ok(()),
        }
    }

    /// How long it has run.
    #[must_use]
    pub fn ran(&self) -> Duration {
        match &self.home {
            Home::Host(home) => home.node.ran(),
            Home::Worker(home) => home.shared.began.elapsed(),
        }
    }

    /// When it has to be done, where that is bounded.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        match &self.home {
            Home::Host(home) => home.node.deadline(),
            Home::Worker(home) => home.shared.deadline,
        }
    }

    /// How many files it was given.
    #[must_use]
    pub fn inputs(&self) -> usize {
        match &self.home {
            Home::Host(home) => home.inputs.len(),
            Home::Worker(home) => home.port.inputs().len(),
        }
    }

    /// Opens a file that it was given, by its place from 0. In a worker process files are read in their order, each
    /// once.
    ///
    /// # Errors
    ///
    /// A fault when there is no such file or it cannot be opened; [`TaskError::WrongLane`] for a file on disk in the
    /// async lane, which must not wait for a disk.
    pub fn input(&self, index: usize) -> Result<FileReader, TaskError> {
        let missing = || {
            io::Error::new(
                io::ErrorKind::NotFound,
                format!("the task was given no file {index}"),
            )
        };
        match &self.home {
            Home::Host(home) => {
                let file = home.inputs.get(index).ok_or_else(missing)?;
                let (bytes, reader) = match &file.source {
                    InputSource::Bytes(bytes) => (
                        bytes.len() as u64,
                        ReaderHome::Memory(io::Cursor::new(bytes.clone())),
                    ),
                    InputSource::Path(_) if home.lane == Lane::Async => {
                        return Err(TaskError::WrongLane(
                            "a file on disk is read in the blocking lane",
                        ));
                    }
                    InputSource::Path(path) => {
                        let file = std::fs::File::open(path)?;
                        (file.metadata()?.len(), ReaderHome::File(file))
                    }
                };
                Ok(FileReader {
                    name: file.name.clone(),
                    bytes,
                    home: reader,
                })
            }
            Home::Worker(home) => {
                let (name, bytes) = home.port.inputs().get(index).ok_or_else(missing)?;
                Ok(FileReader {
                    name: name.clone(),
                    bytes: *bytes,
                    home: ReaderHome::Worker(Arc::clone(&home.port), index),
                })
            }
        }
    }

    /// Begins a file. It is gone once the task and its result are done with.
    ///
    /// # Errors
    ///
    /// A fault when the file cannot be made.
    pub async fn create(&self, name: impl Into<String>) -> Result<FileWriter, TaskError> {
        match &self.home {
            Home::Host(home) => {
                let key = FileKey {
                    task: home.node.tree.id.0,
                    part: home.node.number,
                    number: home.next_file.fetch_add(1, Ordering::Relaxed),
                };
                FileWriter::host(&home.node, &home.scheduler, key, name.into()).await
            }
            Home::Worker(home) => {
                let key = FileKey {
                    task: home.shared.key.0,
                    part: home.shared.key.1,
                    number: home.shared.next_file.fetch_add(1, Ordering::Relaxed),
                };
                FileWriter::worker(&home.port, key, name.into())
            }
        }
    }

    /// Writes a whole file.
    ///
    /// # Errors
    ///
    /// As for [`FileWriter::write`].
    pub async fn write_file(
        &self,
        name: impl Into<String>,
        bytes: impl Into<bytes::Bytes>,
    ) -> Result<TaskFile, TaskError> {
        let mut file = self.create(name).await?;
        file.write(bytes).await?;
        file.finish().await
    }

    /// Where a file that the task or one of its children has written can be read.
    ///
    /// # Errors
    ///
    /// A fault when there is no such file; [`TaskError::WrongLane`] inside a worker process, which sees no files.
    pub fn source(&self, file: &TaskFile) -> Result<MediaSource, TaskError> {
        match &self.home {
            Home::Host(home) => home
                .scheduler
                .scratch
                .source(file.key)
                .ok_or_else(|| TaskError::from(format!("the file {} is gone", file.name))),
            Home::Worker(_) => Err(TaskError::WrongLane("a worker process sees no files")),
        }
    }

    /// A file that the task or one of its children has written, to be sent.
    ///
    /// # Errors
    ///
    /// As for [`TaskContext::source`].
    pub fn media(&self, kind: AttachmentKind, file: &TaskFile) -> Result<Media, TaskError> {
        Ok(Media::new(kind, file.name.as_str(), self.source(file)?))
    }

    /// A file that the task or one of its children has written, to be given to another task.
    ///
    /// # Errors
    ///
    /// As for [`TaskContext::source`].
    pub fn as_input(&self, file: &TaskFile) -> Result<InputFile, TaskError> {
        match self.source(file)? {
            MediaSource::Bytes(bytes) => Ok(InputFile::new(file.name.as_str(), bytes)),
            MediaSource::Path(path) => Ok(InputFile::path(file.name.as_str(), path)),
            MediaSource::Received { .. } => Err(TaskError::from("a task's files are not on a network")),
        }
    }

    /// Waits for a future in a lane that cannot await: for the joins and files of the blocking and the process lane.
    ///
    /// # Errors
    ///
    /// The future's own; [`TaskError::WrongLane`] in the async lane, where it is awaited instead.
    pub fn wait<T>(&self, future: impl Future<Output = Result<T, TaskError>>) -> Result<T, TaskError> {
        match &self.home {
            Home::Host(home) if home.lane == Lane::Async => {
                Err(TaskError::WrongLane("in the async lane a future is awaited"))
            }
            Home::Host(home) => home.runtime.block_on(future),
            // Nothing in a worker process comes from outside: children run inside it, one after the other.
            Home::Worker(_) => complete(future).unwrap_or(Err(TaskError::WrongLane(
                "a worker process has nothing to wait for",
            ))),
        }
    }

    fn change(&self, change: impl FnOnce(&mut Progress)) {
        match &self.home {
            Home::Host(home) => {
                home.node.change_progress(change);
            }
            Home::Worker(home) => home.change(change),
        }
    }
}

/// Polls a future as long as it wakes itself; `None` when it waits for something else.
fn complete<T>(future: impl Future<Output = T>) -> Option<T> {
    struct Woken(AtomicBool);
    impl Wake for Woken {
        fn wake(self: Arc<Self>) {
            self.0.store(true, Ordering::Relaxed);
        }
    }
    let woken = Arc::new(Woken(AtomicBool::new(true)));
    let waker = Waker::from(Arc::clone(&woken));
    let mut future = std::pin::pin!(future);
    while woken.0.swap(false, Ordering::Relaxed) {
        if let Poll::Ready(value) = future.as_mut().poll(&mut std::task::Context::from_waker(&waker)) {
            return Some(value);
        }
    }
    None
}

impl WorkerShared {
    pub(super) fn new(key: (u64, u64), within: Option<Duration>) -> Arc<Self> {
        let began = Instant::now();
        Arc::new(Self {
            key,
            next_child: AtomicU64::new(1),
            next_file: AtomicU32::new(0),
            began,
            deadline: within.and_then(|within| began.checked_add(within)),
        })
    }
}

impl WorkerHome {
    /// Tells the host. A host that is gone ends this process in a moment anyway.
    pub(super) fn tell(&self, event: WorkerEvent) {
        let _ = self.port.tell(event);
    }

    fn change(&self, change: impl FnOnce(&mut Progress)) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut told.progress);
        told.due = true;
        let now = Instant::now();
        if told.at.is_none_or(|at| now - at >= TELL_EVERY) {
            self.tell_progress(&mut told, now);
        }
    }

    /// Tells the newest progress, if it was not told yet.
    pub(super) fn flush(&self) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.due {
            self.tell_progress(&mut told, Instant::now());
        }
    }

    fn tell_progress(&self, told: &mut Told, now: Instant) {
        told.at = Some(now);
        told.due = false;
        self.tell(WorkerEvent::Progress {
            child: self.child,
            progress: WireProgress::from(&told.progress),
        });
    }
}

/// Runs one job inside a worker process, until it is done.
///
/// # Errors
///
/// The job's own error, its panic, or that there is no such function.
pub fn run_job(
    port: &Arc<dyn WorkerPort>,
    function: &str,
    input: &[u8],
    key: (u64, u64),
    within: Option<Duration>,
    output: u64,
) -> Result<Vec<u8>, WorkerFault> {
    let function = super::process::find(function).ok_or(WorkerFault::NoSuchFunction)?;
    let context = TaskContext::worker(Arc::clone(port), 0, WorkerShared::new(key, within));
    let run = std::panic::AssertUnwindSafe(|| (function.run)(&context, input));
    let result = std::panic::catch_unwind(run).unwrap_or_else(|panic| {
        Err(TaskError::Panicked(
            crate::executor::panic_text(&*panic).to_owned(),
        ))
    });
    if let Home::Worker(home) = &context.home {
        home.flush();
    }
    match result {
        Ok(bytes) if bytes.len() as u64 > output => Err(TaskError::OverLimit(Limit::Message(output)).into()),
        result => result.map_err(WorkerFault::from),
    }
}
