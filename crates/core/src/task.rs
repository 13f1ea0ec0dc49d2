//! Tasks: long work beside the conversation, in three lanes, under one context, with a card in the chat. The
//! `scheduler` owns every task that runs or waits.
//!
//! | lane | for | stopped by |
//! |---|---|---|
//! | [`Lane::Async`] | waiting: downloads, calls, timers | dropping it at the next await |
//! | [`Lane::Blocking`] | short blocking work, files | a token that it looks at |
//! | [`Lane::Process`] | much computing, untrusted input, memory of its own | killing its process |

mod card;
mod commands;
mod context;
mod error;
mod join;
mod kept;
mod limits;
mod line;
mod node;
mod pipeline;
mod process;
mod progress;
mod record;
mod run;
mod scheduler;
mod scratch;
mod spec;
mod threads;

pub use self::context::TaskContext;
pub use self::error::{Canceller, Limit, TaskError};
pub use self::join::Child;
pub use self::limits::{LaneLimits, TaskLimits};
pub use self::pipeline::Pipeline;
pub use self::process::{
    JobHost, PROCESS_FUNCTIONS, ProcessFunction, ProcessJob, ProcessLane, ProcessLimits, WorkerEvent,
    WorkerFault, WorkerPort,
};
pub use self::progress::{Progress, Unit};
pub use self::record::{TaskRecord, TaskState};
pub use self::scratch::{FileKey, FileReader, FileWriter, MemoryScratch, Scratch, ScratchWriter, TaskFile};
pub use self::spec::{InputFile, Lane, Task, TaskId, TaskOutput};

pub use self::context::run_job;
pub use self::scheduler::{Backends, LaneLoad, Share};
pub use self::spec::InputSource;
#[doc(hidden)]
pub use linkme;

pub(crate) use self::card::card;
pub(crate) use self::commands::{CancelTasks, ListTasks, pressed, stopped};
pub(crate) use self::kept::{Origin, first_write, revive, start_again};
pub(crate) use self::line::Full;
#[cfg(test)]
pub(crate) use self::node::Folded;
pub(crate) use self::node::{Phase, View};
pub(crate) use self::scheduler::{Entry, GoesOn, Owner, Scheduler};
