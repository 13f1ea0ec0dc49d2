//! What should go out: actions as handlers ask for them, and operations as adapters perform them. Pure data.

use std::sync::Arc;

use smol_str::SmolStr;

use crate::content::{Button, Content, Media, StyledText};
use crate::event::{ChatKind, ReplyToken};
use crate::id::{Chat, MessageId, MessageRef};

/// Something that should go out, as a handler asks for it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Action {
    /// Send content.
    Send(Send),
    /// Change a message.
    Edit {
        /// The message.
        message: MessageRef,
        /// What it says from now on.
        content: Content,
    },
    /// Take a message back.
    Delete(MessageRef),
    /// Set the bot's reaction to a message; `None` takes it away.
    React {
        /// The message.
        message: MessageRef,
        /// The reaction, as an emoji.
        emoji: Option<SmolStr>,
    },
    /// Show what the bot is writing, in a private chat, as a preview that vanishes by itself. Later ones with the same
    /// number replace it.
    Draft {
        /// The chat.
        chat: Chat,
        /// Its number, not 0.
        draft: u64,
        /// What it says. Files and buttons are left out.
        content: Content,
    },
    /// Show that the bot writes.
    Typing(Chat),
    /// Tell the network that an event was handled although nothing is said.
    Acknowledge {
        /// The chat of the event.
        chat: Chat,
        /// The event's token.
        reply: ReplyToken,
        /// A short note for the one who asked, where the network can show one.
        note: Option<String>,
    },
}

/// Content for a chat.
#[derive(Clone, Debug)]
pub struct Send {
    /// Where to.
    pub chat: Chat,
    /// What kind of chat that is, for the pace.
    pub chat_kind: ChatKind,
    /// The event that it answers, where the network asks for its token.
    pub reply: Option<ReplyToken>,
    /// The message that it answers, to be shown as such.
    pub replies_to: Option<MessageId>,
    /// What to say.
    pub content: Content,
    /// Shown to the one who asked alone, where the network can.
    pub ephemeral: bool,
}

/// Which goes first when several things wait for one chat.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Priority {
    /// Answers to people.
    #[default]
    Answer,
    /// News of running work. Of several edits of one message only the newest counts.
    Progress,
    /// The same for many chats.
    Broadcast,
}

/// One call to a network, as the outbox gives it to an adapter: rendered, within the limits.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Operation {
    /// Send one message.
    Send(SendOperation),
    /// Change one message.
    Edit {
        /// The message.
        message: MessageRef,
        /// The event whose answer it was, where the network asks for its token.
        reply: Option<ReplyToken>,
        /// What it says from now on.
        part: Part,
    },
    /// Take one message back.
    Delete {
        /// The message.
        message: MessageRef,
        /// The event whose answer it was, where the network asks for its token.
        reply: Option<ReplyToken>,
    },
    /// Set the bot's reaction.
    React {
        /// The message.
        message: MessageRef,
        /// The reaction; `None` takes it away.
        emoji: Option<SmolStr>,
    },
    /// Show what the bot is writing, with a way to stop it.
    Draft {
        /// The chat.
        chat: Chat,
        /// Its number, not 0.
        draft: u64,
        /// What it says.
        text: Arc<StyledText>,
    },
    /// Show that the bot writes.
    Typing(Chat),
    /// An event was handled although nothing is said.
    Acknowledge {
        /// The chat of the event.
        chat: Chat,
        /// The event's token.
        reply: ReplyToken,
        /// A short note for the one who asked.
        note: Option<String>,
    },
}

/// One message to send.
#[derive(Clone, Debug)]
pub struct SendOperation {
    /// Where to.
    pub chat: Chat,
    /// The event that it answers, where the network asks for its token.
    pub reply: Option<ReplyToken>,
    /// The message that it answers, to be shown as such.
    pub replies_to: Option<MessageId>,
    /// The message.
    pub part: Part,
    /// Shown to the one who asked alone.
    pub ephemeral: bool,
    /// A key that stays the same when this very message is tried again, for networks that can use one.
    pub nonce: u64,
}

/// One message, within a network's limits. Cheap to clone.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Part {
    /// Its text.
    pub text: Arc<StyledText>,
    /// Its files.
    pub media: Vec<Media>,
    /// Its rows of buttons.
    pub buttons: Vec<Vec<WireButton>>,
}

/// A button as the wire carries it.
#[derive(Clone, Debug, PartialEq)]
pub struct WireButton {
    /// The button as it was asked for; its label is within the limits.
    pub button: Button,
    /// The token that stands for its action; `None` for one that opens an address.
    pub token: Option<SmolStr>,
}

impl Action {
    /// The chat that it goes to.
    #[must_use]
    pub fn chat(&self) -> &Chat {
        match self {
            Self::Send(send) => &send.chat,
            Self::Edit { message, .. } | Self::Delete(message) | Self::React { message, .. } => &message.chat,
            Self::Typing(chat) | Self::Draft { chat, .. } | Self::Acknowledge { chat, .. } => chat,
        }
    }
}

impl Operation {
    /// The chat that it goes to.
    #[must_use]
    pub fn chat(&self) -> &Chat {
        match self {
            Self::Send(send) => &send.chat,
            Self::Edit { message, .. } | Self::Delete { message, .. } | Self::React { message, .. } => {
                &message.chat
            }
            Self::Typing(chat) | Self::Draft { chat, .. } | Self::Acknowledge { chat, .. } => chat,
        }
    }

    /// The operation in one word, for logs and metrics.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Send(_) => "send",
            Self::Edit { .. } => "edit",
            Self::Delete { .. } => "delete",
            Self::React { .. } => "react",
            Self::Draft { .. } => "draft",
            Self::Typing(_) => "typing",
            Self::Acknowledge { .. } => "acknowledge",
        }
    }

    /// The tokens of its buttons.
    pub(crate) fn tokens(&self) -> impl Iterator<Item = SmolStr> + '_ {
        let part = match self {
            Self::Send(send) => Some(&send.part),
            Self::Edit { part, .. } => Some(part),
            _ => None,
        };
        part.into_iter()
            .flat_map(|part| part.buttons.iter().flatten())
            .filter_map(|wire| wire.token.clone())
    }

    /// Whether doing it twice is the same as doing it once.
    #[must_use]
    pub fn idempotent(&self) -> bool {
        !matches!(self, Self::Send(_))
    }

    /// The same, on a network that may know a message by its key: an answer to an event goes another way, without one.
    pub(crate) fn idempotent_with(&self, keyed: bool) -> bool {
        self.idempotent() || matches!(self, Self::Send(send) if keyed && send.reply.is_none())
    }
}
