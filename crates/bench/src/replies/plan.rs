//! Which update goes to which chat. Pure arithmetic.

use serde::{Deserialize, Serialize};

/// A chat sends so many updates one after the other, so that order inside of a chat is put to the test.
const BURST: usize = 4;

/// What is handed out: updates with numbers from 0, spread over chats.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Plan {
    /// How many updates.
    pub(crate) updates: usize,
    /// How many chats.
    pub(crate) chats: usize,
    /// How many updates may be handed out and not answered.
    pub(crate) window: usize,
}

impl Plan {
    /// The chat of an update. In each chat the numbers rise.
    pub(crate) fn chat(&self, number: usize) -> usize {
        number / BURST % self.chats
    }
}
