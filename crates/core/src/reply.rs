//! What a handler returns: a reply, nothing, or an error. Pure data.

use std::fmt;

use crate::content::{Content, StyledText};

/// What a handler answers with.
#[derive(Clone, Debug, Default)]
pub struct Reply {
    pub(crate) content: Option<Content>,
    pub(crate) ephemeral: Option<bool>,
}

impl Reply {
    /// An answer.
    #[must_use]
    pub fn new(content: impl Into<Content>) -> Self {
        Self {
            content: Some(content.into()),
            ephemeral: None,
        }
    }

    /// No answer: the handler said everything itself, or there is nothing to say.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Shown to the one who asked alone, where the network can.
    #[must_use]
    pub fn ephemeral(mut self) -> Self {
        self.ephemeral = Some(true);
        self
    }

    /// What is said, for tests of handlers.
    #[must_use]
    pub fn content(&self) -> Option<&Content> {
        self.content.as_ref()
    }
}

/// What a handler may return.
pub trait IntoReply {
    /// Turns it into what the turn sends.
    ///
    /// # Errors
    ///
    /// The handler's own error.
    fn into_reply(self) -> Result<Reply, HandlerError>;
}

impl IntoReply for Reply {
    fn into_reply(self) -> Result<Reply, HandlerError> {
        Ok(self)
    }
}

impl IntoReply for () {
    fn into_reply(self) -> Result<Reply, HandlerError> {
        Ok(Reply::none())
    }
}

macro_rules! content_replies {
    ($($type:ty),+) => {$(
        impl IntoReply for $type {
            fn into_reply(self) -> Result<Reply, HandlerError> {
                Ok(Reply::new(self))
            }
        }
    )+};
}

content_replies!(Content, String, &'static str, StyledText);

impl<T: IntoReply> IntoReply for Option<T> {
    fn into_reply(self) -> Result<Reply, HandlerError> {
        self.map_or_else(|| Ok(Reply::none()), T::into_reply)
    }
}

impl<T: IntoReply, E: Into<HandlerError>> IntoReply for Result<T, E> {
    fn into_reply(self) -> Result<Reply, HandlerError> {
        self.map_err(Into::into)?.into_reply()
    }
}

/// Why a handler did not do what was asked.
///
/// Any error becomes one with `?`: the person sees a short apology with an id, the log has the cause under that id.
/// [`HandlerError::say`] is for what the person can mend: its words are shown as they are.
pub struct HandlerError(pub(crate) HandlerErrorKind);

pub(crate) enum HandlerErrorKind {
    /// Words for the person; nothing is wrong with the bot.
    Say(Content),
    /// Something for the log.
    Fault(Box<dyn std::error::Error + Send + Sync>),
}

impl HandlerError {
    /// Tells the person what is wrong and what to do. It is not logged as a fault.
    #[must_use]
    pub fn say(words: impl Into<Content>) -> Self {
        Self(HandlerErrorKind::Say(words.into()))
    }

    /// Whether something is wrong on the bot's side.
    pub(crate) fn is_fault(&self) -> bool {
        matches!(self.0, HandlerErrorKind::Fault(_))
    }
}

impl<E: Into<Box<dyn std::error::Error + Send + Sync>>> From<E> for HandlerError {
    fn from(error: E) -> Self {
        Self(HandlerErrorKind::Fault(error.into()))
    }
}

impl fmt::Debug for HandlerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            HandlerErrorKind::Say(content) => f.debug_tuple("Say").field(&content.to_plain()).finish(),
            HandlerErrorKind::Fault(error) => f.debug_tuple("Fault").field(error).finish(),
        }
    }
}
