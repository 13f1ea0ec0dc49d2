//! Jobs: what is due at a time, once or again and again, and survives a restart with the store. Owns the runner, which
//! hands each job that is due to its handler.
//!
//! A job counts as done when its handler said so: one that fails is tried again, later and later. One that may have been
//! done all the same, as its process ended, it panicked, took too long or does not know what became of its message, is
//! run again and told so ([`JobContext::may_repeat`]).

mod context;
mod cron;
mod runner;
mod schedule;

use std::sync::Arc;

use futures_util::future::BoxFuture;
use tokio::sync::Notify;

pub use self::context::JobContext;
pub use self::cron::{Cron, CronError};
pub use self::schedule::{SHORTEST_INTERVAL, Schedule, ScheduleError};

pub(crate) use self::runner::run;

use crate::reply::HandlerError;

/// What a handler of jobs gives back, in a box.
pub(crate) type JobOutcome = BoxFuture<'static, Result<(), HandlerError>>;

/// A handler of jobs: it gets the job's body as it was written.
pub(crate) type JobHandler = Arc<dyn Fn(JobContext) -> JobOutcome + Send + Sync>;

/// What the runner waits for beside the time.
#[derive(Debug, Default)]
pub(crate) struct Jobs {
    /// Told when jobs were made or moved.
    pub(crate) changed: Notify,
}

/// A job to make: [`Context::schedule`](crate::Context::schedule).
#[derive(Clone, Debug)]
pub struct JobAsk {
    /// Its name: that of the handler.
    pub name: &'static str,
    /// When it is due.
    pub schedule: Schedule,
    /// What to do when it was due while nobody looked.
    pub missed: crate::store::Missed,
    /// What the handler needs, as JSON.
    pub body: serde_json::Value,
}
