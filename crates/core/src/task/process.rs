//! The process lane as `core` sees it: functions by name, what goes to a worker and what comes back. The worker
//! processes themselves belong to whoever implements [`ProcessLane`].

use std::io;
use std::time::Duration;

use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use super::{InputFile, Progress, TaskContext, TaskError, Unit};

/// A function that worker processes can run, by name. `#[task(lane = "process")]` makes one.
pub struct ProcessFunction {
    /// The name, unique in the program: the path of the function.
    pub name: &'static str,
    /// Reads the arguments, runs it, and writes the result.
    pub run: fn(&TaskContext, &[u8]) -> Result<Vec<u8>, TaskError>,
}

/// All functions of this program that worker processes can run, gathered by the linker.
#[linkme::distributed_slice]
pub static PROCESS_FUNCTIONS: [ProcessFunction];

/// What a job may use in its worker process. What cannot be limited on a system is not; see the documentation of the
/// lane in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProcessLimits {
    /// Time on the processor.
    pub processor: Duration,
    /// The most that it may write into files, in bytes, and give back as its result.
    pub output: u64,
}

impl Default for ProcessLimits {
    fn default() -> Self {
        Self {
            processor: Duration::from_secs(60),
            output: 64 << 20,
        }
    }
}

/// Something for a worker process to do.
pub struct ProcessJob {
    /// The function's name.
    pub function: &'static str,
    /// Its arguments, written.
    pub input: Vec<u8>,
    /// The files it is given.
    pub files: Vec<InputFile>,
    /// What it may use.
    pub limits: ProcessLimits,
    /// How long it may run, where that is bounded.
    pub within: Option<Duration>,
    /// The task and the part of it that it is: the key of the files that it writes.
    pub key: (u64, u64),
}

/// Runs jobs in worker processes.
pub trait ProcessLane: Send + Sync + 'static {
    /// Runs one job; what it says meanwhile goes to `host`, in order. Dropping the future kills its worker.
    ///
    /// # Errors
    ///
    /// The job's own error, or what became of its worker.
    fn run<'a>(&'a self, job: ProcessJob, host: &'a dyn JobHost)
    -> BoxFuture<'a, Result<Vec<u8>, TaskError>>;
}

/// What hears a job while it runs.
pub trait JobHost: Send + Sync {
    /// Takes what the job says. It may wait, and so hold the job up.
    ///
    /// # Errors
    ///
    /// When the job has to end for it, such as for files over its limit.
    fn hear(&self, event: WorkerEvent) -> BoxFuture<'_, Result<(), TaskError>>;
}

/// What a job says while it runs. Children of a job have numbers of their own; 0 is the job itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum WorkerEvent {
    /// How far it is.
    Progress {
        /// Which child.
        child: u64,
        /// How far.
        progress: WireProgress,
    },
    /// A line of log.
    Log(u64, String),
    /// Words to show.
    Show(u64, String),
    /// A value, written.
    Emit(#[serde(with = "serde_bytes")] Vec<u8>),
    /// A child begins.
    ChildBegins(u64, String),
    /// A child has ended: well, or not.
    ChildEnds(u64, bool),
    /// A file begins.
    FileBegins(u32, String),
    /// A file goes on.
    FileBytes(u32, #[serde(with = "serde_bytes")] Vec<u8>),
    /// A file is whole.
    FileEnds(u32),
}

/// [`Progress`] as it travels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WireProgress {
    done: u64,
    of: Option<u64>,
    unit: u8,
    name: String,
    text: String,
}

/// An error of a job as it travels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum WorkerFault {
    /// Words for the person.
    Say(String),
    /// Something for the log.
    Fault(String),
    /// It panicked.
    Panicked(String),
    /// There is no such function.
    NoSuchFunction,
}

/// What a job's context stands on inside a worker process.
pub trait WorkerPort: Send + Sync {
    /// Tells the host something.
    ///
    /// # Errors
    ///
    /// When the host is gone.
    fn tell(&self, event: WorkerEvent) -> io::Result<()>;

    /// The names and sizes of the files that the job was given.
    fn inputs(&self) -> &[(SmolStr, u64)];

    /// Reads on in a file that the job was given; 0 is its end. Files are read in their order, each once.
    ///
    /// # Errors
    ///
    /// When the host is gone, or an earlier file was asked for.
    fn read(&self, file: usize, buffer: &mut [u8]) -> io::Result<usize>;
}

/// Finds a function by its name.
pub(crate) fn find(name: &str) -> Option<&'static ProcessFunction> {
    PROCESS_FUNCTIONS.iter().find(|function| function.name == name)
}

impl From<&Progress> for WireProgress {
    fn from(progress: &Progress) -> Self {
        let (unit, name) = match &progress.unit {
            Unit::Share => (0, String::new()),
            Unit::Bytes => (1, String::new()),
            Unit::Named(name) => (2, name.to_string()),
        };
        Self {
            done: progress.done,
            of: progress.of,
            unit,
            name,
            text: progress.text.to_string(),
        }
    }
}

impl From<WireProgress> for Progress {
    fn from(wire: WireProgress) -> Self {
        Self {
            done: wire.done,
            of: wire.of,
            unit: match wire.unit {
                0 => Unit::Share,
                1 => Unit::Bytes,
                _ => Unit::Named(wire.name.into()),
            },
            text: wire.text.into(),
        }
    }
}

impl From<TaskError> for WorkerFault {
    fn from(error: TaskError) -> Self {
        match error {
            TaskError::Say(content) => Self::Say(content.to_plain()),
            TaskError::Fault(error) => Self::Fault(crate::executor::chain(&*error)),
            TaskError::Panicked(words) => Self::Panicked(words),
            error => Self::Fault(error.to_string()),
        }
    }
}

impl From<WorkerFault> for TaskError {
    fn from(fault: WorkerFault) -> Self {
        match fault {
            WorkerFault::Say(words) => Self::say(words),
            WorkerFault::Fault(words) => Self::Fault(words.into()),
            WorkerFault::Panicked(words) => Self::Panicked(words),
            WorkerFault::NoSuchFunction => Self::Fault(
                "the worker process does not know this function: is it another build of the program?".into(),
            ),
        }
    }
}
