//! Typed state as bytes under a key. Pure data; what the bytes mean is the caller's.

use bytes::Bytes;
use smol_str::SmolStr;

use super::PersonId;
use crate::id::{Chat, NetworkId, UserId};

/// What a state is about, and its name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct StateKey {
    /// What it is about.
    pub scope: Scope,
    /// Its name, unique within the scope.
    pub name: SmolStr,
}

/// What a state is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Scope {
    /// The bot.
    Bot,
    /// A user of a network, in all chats.
    User(NetworkId, UserId),
    /// A person with all linked accounts.
    Person(PersonId),
    /// A chat.
    Chat(Chat),
    /// A user in one chat.
    UserInChat(Chat, UserId),
}

/// A state as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateValue {
    /// Its version: it rises by one with each write, also with one that takes the state away.
    pub version: u64,
    /// The state; `None` where it was taken away not long ago.
    pub body: Option<Bytes>,
}

/// A state that is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateWrite {
    /// Which.
    pub key: StateKey,
    /// The version that it must have now; 0 where it must never have been. `None` writes whatever was there.
    pub expected: Option<u64>,
    /// The new state, at most [`BODY_LIMIT`](super::BODY_LIMIT) bytes; `None` takes it away.
    pub body: Option<Bytes>,
}
