//! Why a task has no result. Pure data.

use std::fmt;
use std::time::Duration;

use crate::content::Content;
use crate::reply::{HandlerError, HandlerErrorKind};

/// Why a task has no result.
///
/// Any error becomes one with `?`: the person sees a short apology with an id, the log has the cause under that id.
/// [`TaskError::say`] is for what the person can mend: its words are shown as they are.
///
/// ```
/// use duologue_core::TaskError;
///
/// fn parse(number: &str) -> Result<u8, TaskError> {
///     if number.is_empty() {
///         return Err(TaskError::say("Give me a number."));
///     }
///     Ok(number.parse()?)
/// }
/// assert!(matches!(parse(""), Err(TaskError::Say(_))));
/// assert!(matches!(parse("x"), Err(TaskError::Fault(_))));
/// ```
#[non_exhaustive]
pub enum TaskError {
    /// It was asked to end.
    Cancelled(Canceller),
    /// It took longer than it may: so long.
    TimedOut(Duration),
    /// Words for the person; nothing is wrong with the bot.
    Say(Content),
    /// Something for the log.
    Fault(Box<dyn std::error::Error + Send + Sync>),
    /// It panicked, with these words.
    Panicked(String),
    /// Its worker process ended in a way that nobody asked for: killed, a fault of memory access, an exit.
    Crashed(String),
    /// It reached a limit of its own.
    OverLimit(Limit),
    /// It was started from a lane that cannot start it; the words say which may.
    WrongLane(&'static str),
}

/// Who asked a task to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Canceller {
    /// The person who started it.
    Starter,
    /// A moderator of the chat.
    Moderator,
    /// The task that started it: another one won the race or failed, or its result is not wanted any more.
    Parent,
    /// The bot is stopping.
    Shutdown,
}

/// A limit that a task reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Limit {
    /// Memory, in bytes.
    Memory(u64),
    /// Time on the processor.
    Processor(Duration),
    /// The files that it keeps, in bytes.
    Files(u64),
    /// What it was given or gave back, in bytes.
    Message(u64),
}

impl TaskError {
    /// Tells the person what is wrong and what to do. It is not logged as a fault.
    #[must_use]
    pub fn say(words: impl Into<Content>) -> Self {
        Self::Say(words.into())
    }

    /// Whether it was asked to end, by whomever.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        matches!(self, Self::Cancelled(_))
    }
}

impl<E: Into<Box<dyn std::error::Error + Send + Sync>>> From<E> for TaskError {
    fn from(error: E) -> Self {
        Self::Fault(error.into())
    }
}

impl From<HandlerError> for TaskError {
    fn from(error: HandlerError) -> Self {
        match error.0 {
            HandlerErrorKind::Say(content) => Self::Say(content),
            HandlerErrorKind::Fault(error) => Self::Fault(error),
        }
    }
}

impl From<TaskError> for HandlerError {
    fn from(error: TaskError) -> Self {
        match error {
            TaskError::Say(content) => Self(HandlerErrorKind::Say(content)),
            TaskError::Fault(error) => Self(HandlerErrorKind::Fault(error)),
            error => Self(HandlerErrorKind::Fault(Box::new(Ended(error)))),
        }
    }
}

impl fmt::Display for TaskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cancelled(by) => write!(f, "cancelled by {by}"),
            Self::TimedOut(limit) => write!(f, "not done after {} ms", limit.as_millis()),
            Self::Say(content) => f.write_str(&content.to_plain()),
            Self::Fault(error) => error.fmt(f),
            Self::Panicked(words) => write!(f, "panicked: {words}"),
            Self::Crashed(how) => write!(f, "its worker process ended: {how}"),
            Self::OverLimit(limit) => write!(f, "over its limit of {limit}"),
            Self::WrongLane(why) => f.write_str(why),
        }
    }
}

impl fmt::Debug for TaskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fault(error) => f.debug_tuple("Fault").field(error).finish(),
            other => fmt::Display::fmt(other, f),
        }
    }
}

impl fmt::Display for Canceller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Starter => "the person who started it",
            Self::Moderator => "a moderator",
            Self::Parent => "the task that started it",
            Self::Shutdown => "the end of the bot",
        })
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Memory(bytes) => write!(f, "{bytes} bytes of memory"),
            Self::Processor(time) => write!(f, "{} ms of processor time", time.as_millis()),
            Self::Files(bytes) => write!(f, "{bytes} bytes of files"),
            Self::Message(bytes) => write!(f, "{bytes} bytes to or from a worker"),
        }
    }
}

/// A [`TaskError`] as an error among others. That type itself cannot be one: it takes any error in.
#[derive(Debug, thiserror::Error)]
#[error("a task ended without a result: {0}")]
struct Ended(TaskError);
