//! Identities: networks, chats, users, messages and events as distinct types. Pure data, no state.

use std::fmt;

use serde::{Deserialize, Serialize};
use smol_str::{SmolStr, ToSmolStr};

/// A network, as an opaque name minted by its adapter. `core` never lists networks.
///
/// ```
/// use duologue_core::NetworkId;
///
/// const PIGEON: NetworkId = NetworkId::new("pigeon");
/// assert_eq!(PIGEON.to_string(), "pigeon");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NetworkId(&'static str);

impl NetworkId {
    /// Mints an id. The name is lower-case ASCII, as it also stands in logs and in text forms such as `pigeon:42`.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self(name)
    }

    /// The name that the adapter gave.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

impl fmt::Display for NetworkId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl fmt::Debug for NetworkId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

macro_rules! opaque_id {
    ($($(#[$doc:meta])* $name:ident;)+) => {$(
        $(#[$doc])*
        ///
        /// The text is the network's own; ids of up to 23 bytes are kept without an allocation.
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(SmolStr);

        impl $name {
            /// Wraps the network's own text form.
            #[must_use]
            pub fn new(text: impl Into<SmolStr>) -> Self {
                Self(text.into())
            }

            /// Wraps a number as most networks use it.
            #[must_use]
            pub fn number(number: impl fmt::Display) -> Self {
                Self(number.to_smolstr())
            }

            /// The network's own text form.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// The id as a number, where the network uses one of this type.
            #[must_use]
            pub fn parse<T: std::str::FromStr>(&self) -> Option<T> {
                self.0.parse().ok()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )+};
}

opaque_id! {
    /// The bot's own account on a network. Two accounts on one network are two adapters.
    AccountId;
    /// A private chat, a group or a channel.
    ChatId;
    /// A server that holds many chats under one roof, where its network has such: a guild, a workspace.
    ServerId;
    /// A topic or thread inside a chat.
    ThreadId;
    /// A person or a bot.
    UserId;
    /// One message in a chat.
    MessageId;
    /// The network's own id of an event, unique per account: the key of de-duplication.
    EventId;
}

/// Where people talk: network, account, chat and thread.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Chat {
    /// The network it is on.
    pub network: NetworkId,
    /// The bot account that takes part.
    pub account: AccountId,
    /// The chat itself.
    pub id: ChatId,
    /// The topic or thread, where the chat has them.
    pub thread: Option<ThreadId>,
}

impl fmt::Display for Chat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.network, self.id)?;
        match &self.thread {
            Some(thread) => write!(f, "/{thread}"),
            None => Ok(()),
        }
    }
}

/// A message and where it stands.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MessageRef {
    /// The chat it stands in.
    pub chat: Chat,
    /// Its id there.
    pub id: MessageId,
}

/// The unit of order: a private chat, or one person in a group.
///
/// Events of one conversation are handled one at a time, in the order they came.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Conversation {
    /// The chat.
    pub chat: Chat,
    /// The person, in a group. `None` is the order of the whole chat.
    pub user: Option<UserId>,
}

impl fmt::Display for Conversation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.user {
            Some(user) => write!(f, "{}#{user}", self.chat),
            None => self.chat.fmt(f),
        }
    }
}

/// Somebody who asks for something: a person on a network, or a chat as a whole where its network does not say who.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Person {
    /// A person of a network.
    User(NetworkId, UserId),
    /// A chat as a whole.
    Chat(NetworkId, ChatId),
}

impl fmt::Display for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(network, user) => write!(f, "{network}:{user}"),
            Self::Chat(network, chat) => write!(f, "{network}:chat:{chat}"),
        }
    }
}
