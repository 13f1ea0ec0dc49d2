//! The bot's own reactions: core sets one for a message, Discord keeps many. Owns the last one of recent messages.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use duologue_core::MessageId;
use reqwest::Method;
use serde::Deserialize;
use smol_str::{SmolStr, format_smolstr};

use crate::call::Caller;
use crate::call::route::Route;
use crate::error::CallError;

/// How many messages are remembered; the oldest goes first.
const KEPT: usize = 4_096;

#[derive(Default)]
pub(super) struct Reactions {
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    last: HashMap<MessageId, SmolStr>,
    ages: VecDeque<MessageId>,
}

impl Reactions {
    pub(super) fn of(&self, message: &MessageId) -> Option<SmolStr> {
        self.inner
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .last
            .get(message)
            .cloned()
    }

    pub(super) fn set(&self, message: &MessageId, emoji: Option<&str>) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(emoji) = emoji else {
            inner.last.remove(message);
            return;
        };
        if inner.last.insert(message.clone(), emoji.into()).is_none() {
            inner.ages.push_back(message.clone());
        }
        while inner.ages.len() > KEPT {
            if let Some(oldest) = inner.ages.pop_front() {
                inner.last.remove(&oldest);
            }
        }
    }
}

#[derive(Deserialize)]
struct WithReactions {
    #[serde(default)]
    reactions: Vec<Counted>,
}

#[derive(Deserialize)]
struct Counted {
    #[serde(default)]
    me: bool,
    emoji: Emoji,
}

#[derive(Deserialize)]
struct Emoji {
    id: Option<String>,
    name: Option<String>,
}

/// The bot's reactions to a message, as Discord tells.
pub(super) async fn own(caller: &Caller, channel: u64, message: &str) -> Result<Vec<SmolStr>, CallError> {
    let answer: WithReactions = caller
        .get(&Route::message(Method::GET, channel, Some(message)))
        .await?;
    let own = answer
        .reactions
        .into_iter()
        .filter(|counted| counted.me)
        .map(|counted| {
            let name = counted.emoji.name.unwrap_or_default();
            match counted.emoji.id {
                Some(id) => format_smolstr!("{name}:{id}"),
                None => name.into(),
            }
        });
    Ok(own.collect())
}
