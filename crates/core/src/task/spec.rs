//! A task before it is started: what it does, in which lane, and what it may use. Plain data and a closure.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use serde::Serialize;
use serde::de::DeserializeOwned;
use smol_str::SmolStr;

use super::process::{ProcessFunction, ProcessLimits};
use super::{TaskContext, TaskError};

/// Where a task runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lane {
    /// On the bot's runtime: for waiting. Dropped at the next await when it should end.
    Async,
    /// On a thread of a bounded pool: for short blocking work. It looks at its token when it should end.
    Blocking,
    /// In a worker process with memory of its own: for computing and for untrusted input. Killed when it should end.
    Process,
}

/// The number of a task, unique while the bot's data lives. People see it as `#12`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TaskId(pub u64);

impl fmt::Display for TaskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.0)
    }
}

/// Work that can be started: by [`Context::start`](crate::Context::start) with a card in the chat, or as the child of
/// another task by [`TaskContext::run`]. Nothing happens before.
///
/// ```
/// use std::time::Duration;
///
/// use duologue_core::{Task, TaskContext};
///
/// let tea = Task::new("Tea", |task: TaskContext| async move {
///     for second in 0..180 {
///         task.progress(second, 180);
///         tokio::time::sleep(Duration::from_secs(1)).await;
///     }
///     Ok("Your tea is ready.")
/// })
/// .deadline(Duration::from_secs(300));
/// # let _ = tea;
/// ```
#[must_use = "a task does nothing until it is started"]
pub struct Task<T> {
    pub(crate) name: SmolStr,
    pub(crate) lane: Lane,
    pub(crate) weight: usize,
    pub(crate) memory: u64,
    pub(crate) deadline: Option<Duration>,
    pub(crate) inputs: Vec<InputFile>,
    pub(crate) receive: Option<Receive>,
    pub(crate) resumable: bool,
    pub(crate) work: Work<T>,
}

type AsyncWork<T> = Box<dyn FnOnce(TaskContext) -> BoxFuture<'static, Result<T, TaskError>> + Send>;
type BlockingWork<T> = Box<dyn FnOnce(&TaskContext) -> Result<T, TaskError> + Send>;
type Decode<T> = Box<dyn FnOnce(&[u8]) -> Result<T, TaskError> + Send>;

pub(crate) enum Work<T> {
    Async(AsyncWork<T>),
    Blocking(BlockingWork<T>),
    Process(ProcessCall<T>),
}

/// A call of a function in a worker process.
pub(crate) struct ProcessCall<T> {
    pub(crate) function: &'static ProcessFunction,
    /// The arguments, written; or why they cannot be.
    pub(crate) input: Result<Vec<u8>, TaskError>,
    /// What is made of the bytes that come back.
    pub(crate) decode: Decode<T>,
    pub(crate) limits: ProcessLimits,
}

/// What hears the values that a task gives while it runs, as they were written.
pub(crate) type Receive = Arc<dyn Fn(&[u8]) + Send + Sync>;

/// A file that a task is given.
#[derive(Clone, Debug)]
pub struct InputFile {
    /// Its name.
    pub name: SmolStr,
    /// Where its bytes are.
    pub source: InputSource,
}

/// Where the bytes of a file that a task is given are.
#[derive(Clone, Debug)]
pub enum InputSource {
    /// In memory.
    Bytes(Bytes),
    /// In a file of this machine.
    Path(PathBuf),
}

impl InputFile {
    /// A file from memory.
    #[must_use]
    pub fn new(name: impl Into<SmolStr>, bytes: impl Into<Bytes>) -> Self {
        Self {
            name: name.into(),
            source: InputSource::Bytes(bytes.into()),
        }
    }

    /// A file of this machine.
    #[must_use]
    pub fn path(name: impl Into<SmolStr>, path: impl Into<PathBuf>) -> Self {
        Self {
            name: name.into(),
            source: InputSource::Path(path.into()),
        }
    }
}

/// What a task's function may return: a `Result` with any error that becomes a [`TaskError`].
pub trait TaskOutput {
    /// The result of a task that succeeds.
    type Value;

    /// Turns it into the form that all tasks have.
    ///
    /// # Errors
    ///
    /// The function's own error.
    fn into_result(self) -> Result<Self::Value, TaskError>;
}

impl<T, E: Into<TaskError>> TaskOutput for Result<T, E> {
    type Value = T;

    fn into_result(self) -> Result<T, TaskError> {
        self.map_err(Into::into)
    }
}

impl<T: Send + 'static> Task<T> {
    /// A task of the async lane.
    pub fn new<F, Fut>(name: impl Into<SmolStr>, work: F) -> Self
    where
        F: FnOnce(TaskContext) -> Fut + Send + 'static,
        Fut: Future<Output = Result<T, TaskError>> + Send + 'static,
    {
        let work = move |context| -> BoxFuture<'static, Result<T, TaskError>> { Box::pin(work(context)) };
        Self::of(name.into(), Lane::Async, Work::Async(Box::new(work)))
    }

    /// A task of the blocking lane.
    pub fn blocking<F>(name: impl Into<SmolStr>, work: F) -> Self
    where
        F: FnOnce(&TaskContext) -> Result<T, TaskError> + Send + 'static,
    {
        Self::of(name.into(), Lane::Blocking, Work::Blocking(Box::new(work)))
    }

    /// A task of the process lane. `#[task(lane = "process")]` writes the call of this for a function.
    #[doc(hidden)]
    pub fn process(
        name: impl Into<SmolStr>,
        function: &'static ProcessFunction,
        arguments: &impl Serialize,
    ) -> Self
    where
        T: DeserializeOwned,
    {
        let input = postcard::to_allocvec(arguments).map_err(TaskError::from);
        let call = ProcessCall {
            function,
            input,
            decode: Box::new(|bytes| Ok(postcard::from_bytes(bytes)?)),
            limits: ProcessLimits::default(),
        };
        Self::of(name.into(), Lane::Process, Work::Process(call))
    }

    fn of(name: SmolStr, lane: Lane, work: Work<T>) -> Self {
        Self {
            name,
            lane,
            weight: 1,
            memory: match lane {
                // A future with its buffers; a worker process has a limit of its own.
                Lane::Async => 1 << 20,
                Lane::Blocking => 8 << 20,
                Lane::Process => 0,
            },
            deadline: None,
            inputs: Vec::new(),
            receive: None,
            resumable: false,
            work,
        }
    }

    /// Under another name: what people see on its card.
    pub fn named(mut self, name: impl Into<SmolStr>) -> Self {
        self.name = name.into();
        self
    }

    /// It counts as so many tasks where a limit or a turn in the line is concerned. At least 1.
    pub fn weight(mut self, weight: usize) -> Self {
        self.weight = weight.max(1);
        self
    }

    /// The most memory that it needs in the bot's own process, in bytes: it waits until so much is free.
    pub fn memory(mut self, bytes: u64) -> Self {
        self.memory = bytes;
        self
    }

    /// The longest that it may run, from when it gets its room. A child ends with its parent at the latest.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// It goes on by itself when the bot is restarted, on a bot with a store: the event that has started it is handled
    /// once more, and this task gets its card, its number and its last [`TaskContext::checkpoint`] back. Without, or where
    /// a button has started it that works once, its card says that it was interrupted, with a button that starts it again
    /// as far as that can be.
    pub fn resumable(mut self) -> Self {
        self.resumable = true;
        self
    }

    /// It is given a file: [`TaskContext::input`] by its place, from 0.
    pub fn file(mut self, file: InputFile) -> Self {
        self.inputs.push(file);
        self
    }

    /// What a worker process may use for it. It has no meaning in the other lanes.
    pub fn limits(mut self, limits: ProcessLimits) -> Self {
        if let Work::Process(call) = &mut self.work {
            call.limits = limits;
        }
        self
    }

    /// Hears the values that the task gives by [`TaskContext::emit`] while it runs, in order. A value of another type
    /// is logged and left out.
    pub fn receive<V: DeserializeOwned>(mut self, hear: impl Fn(V) + Send + Sync + 'static) -> Self {
        self.receive = Some(Arc::new(move |bytes| match postcard::from_bytes(bytes) {
            Ok(value) => hear(value),
            Err(error) => tracing::error!(%error, "a task gave a value of another type than is heard"),
        }));
        self
    }

    /// What its result becomes is another thing.
    pub fn map<U: Send + 'static>(self, map: impl FnOnce(T) -> U + Send + 'static) -> Task<U>
    where
        T: 'static,
    {
        let Self {
            name,
            lane,
            weight,
            memory,
            deadline,
            inputs,
            receive,
            resumable,
            work,
        } = self;
        let work = match work {
            Work::Async(work) => Work::Async(Box::new(move |context| -> BoxFuture<'static, _> {
                let future = work(context);
                Box::pin(async move { future.await.map(map) })
            })),
            Work::Blocking(work) => {
                Work::Blocking(Box::new(move |context: &TaskContext| work(context).map(map)))
            }
            Work::Process(ProcessCall {
                function,
                input,
                decode,
                limits,
            }) => Work::Process(ProcessCall {
                function,
                input,
                decode: Box::new(move |bytes| decode(bytes).map(map)),
                limits,
            }),
        };
        Task {
            name,
            lane,
            weight,
            memory,
            deadline,
            inputs,
            receive,
            resumable,
            work,
        }
    }
}
