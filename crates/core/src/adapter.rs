//! The contract of a network's adapter: one trait that receives, one that sends. Both are object-safe.

use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::Stream;
use futures_util::future::BoxFuture;
use tokio_util::sync::CancellationToken;

use crate::action::Operation;
use crate::capabilities::Capabilities;
use crate::command::CommandSpec;
use crate::error::SendError;
use crate::event::FileRef;
use crate::id::{AccountId, Chat, MessageId, NetworkId, UserId};
use crate::inbox::Inbox;

/// A network, ready to run: what receives and what sends.
#[derive(Clone)]
pub struct Adapter {
    /// What receives.
    pub source: Arc<dyn Source>,
    /// What sends.
    pub sender: Arc<dyn Sender>,
}

/// Receives from a network and puts events into the inbox, in order and without loss.
///
/// It never handles anything itself. What it does not know becomes [`EventKind::Other`](crate::EventKind::Other).
pub trait Source: Send + Sync + 'static {
    /// The network.
    fn network(&self) -> NetworkId;

    /// Receives until `stop` is cancelled. It reconnects by itself with growing pauses and ends early only for what
    /// cannot heal; a supervisor starts it again after a panic.
    ///
    /// # Errors
    ///
    /// [`SourceError`] for what cannot heal without a person, with a sentence that says what to do.
    fn run<'a>(
        &'a self,
        inbox: &'a Inbox,
        stop: &'a CancellationToken,
    ) -> BoxFuture<'a, Result<(), SourceError>>;
}

/// Performs one call after the other on a network. It neither retries nor paces: the outbox does, in one place.
pub trait Sender: Send + Sync + 'static {
    /// The network.
    fn network(&self) -> NetworkId;

    /// What the network can do.
    fn capabilities(&self) -> &Capabilities;

    /// Performs one operation. Dropping the future after its request was written leaves the outcome unknown.
    ///
    /// # Errors
    ///
    /// [`SendError`], typed by what the outbox can do about it.
    fn perform<'a>(&'a self, operation: &'a Operation) -> BoxFuture<'a, Result<Performed, SendError>>;

    /// Makes the network's menu show these commands, and sends only what changed.
    ///
    /// # Errors
    ///
    /// [`SendError`] of the call that failed; what was done before it stays.
    fn register<'a>(&'a self, commands: &'a [CommandSpec]) -> BoxFuture<'a, Result<Registered, SendError>>;

    /// Opens a file that came in, as a stream. The caller bounds how much of it is read.
    ///
    /// # Errors
    ///
    /// [`SendError`] when the file cannot be had.
    fn open<'a>(&'a self, file: &'a FileRef) -> BoxFuture<'a, Result<FileStream, SendError>>;

    /// Whether a person is a moderator of a chat: whether they may take away what others write there. In a private
    /// chat nobody is.
    ///
    /// # Errors
    ///
    /// [`SendErrorKind::Unsupported`](crate::SendErrorKind::Unsupported) where the network's events alone say it, in
    /// [`User::moderator`](crate::User); otherwise the error of the network.
    fn moderates<'a>(&'a self, chat: &'a Chat, user: &'a UserId) -> BoxFuture<'a, Result<bool, SendError>>;

    /// Itself, so that the adapter's extension trait can reach its library from a [`Context`](crate::Context).
    fn as_any(&self) -> &dyn std::any::Any;
}

/// A file's bytes as they arrive.
pub type FileStream = Pin<Box<dyn Stream<Item = Result<Bytes, SendError>> + Send>>;

/// What an operation made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Performed {
    /// Every message that it made or changed: an album makes several. Empty where nothing is a message.
    pub messages: Vec<MessageId>,
}

/// What registering commands did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Registered {
    /// How many were made or changed.
    pub changed: usize,
    /// How many were taken away.
    pub removed: usize,
    /// How many stood there already.
    pub kept: usize,
}

/// Why a source ended for good.
#[derive(Debug, thiserror::Error)]
#[error("{sentence}")]
pub struct SourceError {
    /// What is wrong and what to do, as a sentence for the person who hosts the bot.
    pub sentence: String,
    /// The cause below, without any secret.
    #[source]
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl SourceError {
    /// An error that a person has to mend.
    #[must_use]
    pub fn new(sentence: impl Into<String>) -> Self {
        Self {
            sentence: sentence.into(),
            source: None,
        }
    }
}

/// Who the bot is on a network, once the network has said so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The account.
    pub account: AccountId,
    /// Its handle, without `@`.
    pub handle: String,
}

const _: fn(&dyn Source, &dyn Sender) = |_, _| {};
