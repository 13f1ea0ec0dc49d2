//! The errors of sending, typed by what a caller can do about them.

use std::time::Duration;

/// Why something did not go out, or may not have.
#[derive(Debug, thiserror::Error)]
#[error("{operation}: {kind}")]
pub struct SendError {
    /// What was tried, such as `send`.
    pub operation: &'static str,
    /// What happened.
    pub kind: SendErrorKind,
    /// The cause below, without any secret.
    #[source]
    pub source: Option<Box<dyn std::error::Error + std::marker::Send + Sync>>,
}

/// What happened to something that should go out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SendErrorKind {
    /// The network cannot do it. Not sent.
    #[error("the network has no {0}")]
    Unsupported(&'static str),
    /// It is larger than the network takes. Not sent.
    #[error("{what} is larger than {limit}")]
    TooLong {
        /// What is too large, with its unit.
        what: &'static str,
        /// The most that goes.
        limit: u64,
    },
    /// The bot may not: it was blocked, removed, or lacks a right. Not sent.
    #[error("forbidden: {0}")]
    Forbidden(String),
    /// The chat, message or file is not there. Not sent.
    #[error("not found: {0}")]
    NotFound(String),
    /// The network asks to wait. Not sent.
    #[error("rate limited for {} ms", after.as_millis())]
    RateLimited {
        /// How long to wait.
        after: Duration,
        /// What has to wait.
        scope: LimitScope,
    },
    /// A passing fault before anything was sent. Not sent.
    #[error("not reached: {0}")]
    Transient(String),
    /// The request went out and no answer came back: it may have been sent. Never repeated blindly.
    #[error("sent or not, unknown: {0}")]
    Unknown(String),
    /// The chat has another id from now on. Not sent; the outbox tries the new one.
    #[error("the chat has moved to {0}")]
    Moved(crate::ChatId),
    /// The network refused it for another reason. Not sent.
    #[error("refused: {0}")]
    Refused(String),
    /// The token is not, or no longer, valid. Not sent.
    #[error("the token was refused")]
    Unauthorized,
    /// The bot is stopping, or its queue for this chat is full. Not sent.
    #[error("not taken: {0}")]
    NotTaken(&'static str),
}

/// What has to wait after a 429.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LimitScope {
    /// This chat alone.
    Chat,
    /// Everything on this network.
    Network,
}

/// What to do with an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    /// Again after this long.
    After(Duration),
    /// Again soon, with a growing pause.
    Soon,
    /// Never as it is.
    Never,
}

impl SendError {
    /// An error without a cause below.
    #[must_use]
    pub fn new(operation: &'static str, kind: SendErrorKind) -> Self {
        Self {
            operation,
            kind,
            source: None,
        }
    }

    /// The same error with its cause. The cause must hold no secret.
    #[must_use]
    pub fn with_source(
        mut self,
        source: impl std::error::Error + std::marker::Send + Sync + 'static,
    ) -> Self {
        self.source = Some(Box::new(source));
        self
    }

    /// What to do about it, for an operation that may be repeated when it is unknown whether it happened.
    #[must_use]
    pub fn retry(&self, idempotent: bool) -> Retry {
        match &self.kind {
            SendErrorKind::RateLimited { after, .. } => Retry::After(*after),
            SendErrorKind::Transient(_) => Retry::Soon,
            SendErrorKind::Unknown(_) if idempotent => Retry::Soon,
            _ => Retry::Never,
        }
    }
}
