//! What a handler of jobs sees: the job, and the ways to say something. Owns nothing.

use std::sync::Arc;
use std::time::Duration;

use serde::de::DeserializeOwned;
use tokio_util::sync::CancellationToken;

use crate::action::{Action, Priority, Send};
use crate::content::Content;
use crate::engine::Shared;
use crate::error::{SendError, SendErrorKind};
use crate::event::ChatKind;
use crate::id::{Chat, MessageRef, NetworkId};
use crate::outbox::Delivery;
use crate::receipt::Receipt;
use crate::store::{Job, Store, Timestamp};

/// What a handler of jobs sees. Cheap to clone.
#[derive(Clone)]
pub struct JobContext {
    pub(super) shared: Arc<Shared>,
    pub(super) job: Arc<Job>,
    pub(super) late: Duration,
    pub(super) may_repeat: bool,
}

impl JobContext {
    /// The job.
    #[must_use]
    pub fn job(&self) -> &Job {
        &self.job
    }

    /// What the handler needs, as it was given.
    ///
    /// # Errors
    ///
    /// When the body is of another type, such as one that an earlier version of the bot has written.
    pub fn body<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_slice(&self.job.ask.body)
    }

    /// How late it is: zero where it is in time.
    #[must_use]
    pub fn late(&self) -> Duration {
        self.late
    }

    /// Whether it may have been done already: by a process that ended before it could say so, or by a try of which nobody
    /// knows how it ended.
    #[must_use]
    pub fn may_repeat(&self) -> bool {
        self.may_repeat
    }

    /// What survives the process.
    #[must_use]
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.shared.store
    }

    /// Says something in a chat, and waits until the network has taken it. The receipt has the message's id.
    ///
    /// # Errors
    ///
    /// That of the network, or that none of the bot's networks has the chat.
    pub async fn say(
        &self,
        chat: &Chat,
        chat_kind: ChatKind,
        content: impl Into<Content>,
    ) -> Result<Receipt, SendError> {
        let priority = Priority::Answer;
        self.shared.say(chat, chat_kind, content.into(), priority).await
    }

    /// Says the same as in many other chats: everything else goes first. Waits until the network has taken it.
    ///
    /// # Errors
    ///
    /// As [`JobContext::say`].
    pub async fn broadcast(
        &self,
        chat: &Chat,
        chat_kind: ChatKind,
        content: impl Into<Content>,
    ) -> Result<Receipt, SendError> {
        let priority = Priority::Broadcast;
        self.shared.say(chat, chat_kind, content.into(), priority).await
    }

    /// Changes a message of the bot's.
    ///
    /// # Errors
    ///
    /// As [`JobContext::say`].
    pub async fn edit(
        &self,
        message: &MessageRef,
        chat_kind: ChatKind,
        content: impl Into<Content>,
    ) -> Result<Receipt, SendError> {
        let action = Action::Edit {
            message: message.clone(),
            content: content.into(),
        };
        self.shared
            .deliver(&message.chat, chat_kind, action, Priority::Progress)
            .await
    }

    /// The networks that the bot is on.
    #[must_use]
    pub fn networks(&self) -> Vec<NetworkId> {
        self.shared.networks.iter().map(|network| network.id).collect()
    }

    /// The time of day.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.shared.clock.now()
    }

    /// A value that all handlers share, by its type, as [`Context::resource`](crate::Context::resource) gives it.
    #[must_use]
    pub fn resource<T: std::marker::Send + Sync + 'static>(&self) -> Option<Arc<T>> {
        self.shared.router.find_resource()
    }

    /// Cancelled when the bot takes no more events: a job that can go on later should end.
    #[must_use]
    pub fn stopping(&self) -> &CancellationToken {
        self.shared.closing()
    }
}

impl Shared {
    /// Says something that answers no event.
    pub(crate) async fn say(
        &self,
        chat: &Chat,
        chat_kind: ChatKind,
        content: Content,
        priority: Priority,
    ) -> Result<Receipt, SendError> {
        let action = Action::Send(Send {
            chat: chat.clone(),
            chat_kind,
            reply: None,
            replies_to: None,
            content,
            ephemeral: false,
        });
        self.deliver(chat, chat_kind, action, priority).await
    }

    /// Does something that answers no event, and waits until the network has taken it.
    pub(crate) async fn deliver(
        &self,
        chat: &Chat,
        chat_kind: ChatKind,
        action: Action,
        priority: Priority,
    ) -> Result<Receipt, SendError> {
        let gone = || {
            SendError::new(
                "send",
                SendErrorKind::NotFound("the bot is not on this network".to_owned()),
            )
        };
        if !self.networks.iter().any(|network| network.id == chat.network) {
            return Err(gone());
        }
        let delivery = Delivery::unasked(priority, chat_kind);
        // An outbox that was dropped with the job in it is one of a bot that has ended.
        self.outbox(chat)
            .push(action, &delivery)?
            .await
            .unwrap_or_else(|_| Err(gone()))
    }
}
