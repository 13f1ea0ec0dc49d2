//! A message that changes while work goes on. Owns only where the message stands.

use crate::action::{Action, Priority};
use crate::content::Content;
use crate::context::Context;
use crate::error::{SendError, SendErrorKind};
use crate::id::MessageRef;
use crate::receipt::Receipt;

/// A message that changes while work goes on. Updates are cheap: of several that wait only the newest is sent, at the
/// pace of the network. The last state always arrives, by [`Live::finish`].
#[derive(Clone)]
pub struct Live {
    context: Context,
    message: MessageRef,
}

impl Live {
    pub(crate) fn new(context: Context, message: MessageRef) -> Self {
        Self { context, message }
    }

    /// The message.
    #[must_use]
    pub fn message(&self) -> &MessageRef {
        &self.message
    }

    /// Says how things stand now. It never waits, and may be called as often as there is news.
    pub fn update(&self, content: impl Into<Content>) {
        let action = Action::Edit {
            message: self.message.clone(),
            content: content.into(),
        };
        self.context.forget(action, Priority::Progress);
    }

    /// Says how it ended, before anything that still waits, and waits for the receipt. If the message is gone, or can
    /// no longer be changed, a new one says it.
    ///
    /// # Errors
    ///
    /// [`SendError`] when neither the message could be changed nor a new one sent.
    pub async fn finish(self, content: impl Into<Content>) -> Result<Receipt, SendError> {
        let content = content.into();
        match self.context.edit(&self.message, content.clone()).await {
            Err(SendError {
                kind:
                    SendErrorKind::NotFound(_)
                    | SendErrorKind::Forbidden(_)
                    | SendErrorKind::Refused(_)
                    | SendErrorKind::Unsupported(_),
                ..
            }) => self.context.reply(content).await,
            result => result,
        }
    }
}
