//! The messages of one chat, on either network. Owns their order, edits and deletions.

use std::collections::VecDeque;

use serde_json::Value;

use crate::bounds::MESSAGES_PER_CHAT;

/// Edits whose former text and API call are kept per message.
const EDITS: usize = 50;

/// One message as the network writes it, with what only the sandbox knows.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stored {
    pub(crate) id: i64,
    pub(crate) raw: Value,
    pub(crate) from: i64,
    pub(crate) from_bot: bool,
    pub(crate) at_ms: u64,
    pub(crate) edits: u32,
    pub(crate) history: Vec<String>,
    pub(crate) deleted: bool,
    pub(crate) calls: Vec<u64>,
    pub(crate) reactions: Vec<(String, Vec<i64>)>,
    pub(crate) only_for: Option<i64>,
    pub(crate) thinking: bool,
    /// The interaction this answers (Discord).
    pub(crate) interaction: Option<u64>,
    /// The command this answers and who used it (Discord).
    pub(crate) used: Option<(String, String)>,
}

impl Stored {
    /// Adds or removes a reaction. Says whether anything changed.
    pub(crate) fn react(&mut self, emoji: &str, by: i64, on: bool) -> bool {
        let found = self.reactions.iter_mut().find(|(e, _)| e == emoji);
        match (found, on) {
            (Some((_, users)), true) if !users.contains(&by) => users.push(by),
            (None, true) => self.reactions.push((emoji.to_owned(), vec![by])),
            (Some((_, users)), false) if users.contains(&by) => {
                users.retain(|user| *user != by);
                self.reactions.retain(|(_, users)| !users.is_empty());
            }
            _ => return false,
        }
        true
    }

    /// Keeps what the text was before an edit.
    pub(crate) fn remember(&mut self, before: String) {
        if self.history.len() >= EDITS {
            self.history.remove(0);
        }
        self.history.push(before);
    }

    /// Notes the API call that changed the message.
    pub(crate) fn called(&mut self, call: u64) {
        if self.calls.len() >= EDITS {
            // The first one made the message: it stays.
            self.calls.remove(1);
        }
        self.calls.push(call);
    }

    pub(crate) fn text<'a>(&'a self, keys: &[&str]) -> &'a str {
        keys.iter()
            .find_map(|key| self.raw.get(*key)?.as_str())
            .unwrap_or_default()
    }
}

/// Messages in the order in which they were sent.
#[derive(Debug, Default)]
pub(crate) struct History {
    messages: VecDeque<Stored>,
}

impl History {
    pub(crate) fn push(&mut self, message: Stored) {
        if self.messages.len() >= MESSAGES_PER_CHAT {
            self.messages.pop_front();
        }
        self.messages.push_back(message);
    }

    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &Stored> {
        self.messages.iter()
    }

    /// The message, unless it was deleted.
    pub(crate) fn get(&self, id: i64) -> Option<&Stored> {
        self.any(id).filter(|m| !m.deleted)
    }

    /// The message, deleted or not.
    pub(crate) fn any(&self, id: i64) -> Option<&Stored> {
        // Ids ascend, so the search can halve.
        let index = self.messages.binary_search_by_key(&id, |m| m.id).ok()?;
        self.messages.get(index)
    }

    pub(crate) fn get_mut(&mut self, id: i64) -> Option<&mut Stored> {
        let index = self.messages.binary_search_by_key(&id, |m| m.id).ok()?;
        self.messages.get_mut(index).filter(|m| !m.deleted)
    }
}
