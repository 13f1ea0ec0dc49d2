//! Telegram's flood limits, as its FAQ names them. Owns one bot's levels.
//!
//! Per chat about one message a second with short bursts, about 30 a second in all, 20 a minute in a group.

use std::collections::BTreeMap;

use super::error::ApiError;
use super::state::Key;
use crate::bucket::Bucket;
use crate::world::World;

/// Messages a second to all chats together.
const PER_SECOND: u32 = 30;
/// Messages in one burst to a private chat; it fills up by one a second.
const BURST: u32 = 20;
/// Messages, and edits, in one minute in a group.
const GROUP_PER_MINUTE: u32 = 20;
/// Chats whose level is remembered. Past it the levels begin anew.
const CHATS: usize = 10_000;

#[derive(Debug)]
pub(crate) struct Limits {
    all: Bucket,
    chats: BTreeMap<(Key, bool), Bucket>,
}

impl Limits {
    pub(crate) fn new(now_ms: u64) -> Self {
        Self {
            all: Bucket::new(PER_SECOND, f64::from(PER_SECOND), now_ms),
            chats: BTreeMap::new(),
        }
    }
}

/// Counts a message or an edit to a chat; too many are refused with 429.
pub(crate) fn count(world: &mut World, bot: i64, chat: Key, edit: bool) -> Result<(), ApiError> {
    if !world.config.rate_limits {
        return Ok(());
    }
    let now = world.now_ms;
    let Some(limits) = world.telegram.bots.get_mut(&bot).map(|bot| &mut bot.limits) else {
        return Ok(());
    };
    if limits.chats.len() > CHATS {
        limits.chats.clear();
    }
    let group = chat.1 < 0;
    let bucket = limits.chats.entry((chat, edit)).or_insert_with(|| match group {
        true => Bucket::new(GROUP_PER_MINUTE, f64::from(GROUP_PER_MINUTE) / 60.0, now),
        false => Bucket::new(BURST, 1.0, now),
    });
    bucket
        .take(now)
        .and_then(|()| limits.all.take(now))
        .map_err(|seconds| {
            // A whole number of seconds, at least one.
            let whole = std::time::Duration::from_secs_f64(seconds.clamp(0.001, 3600.0))
                .as_secs_f64()
                .ceil();
            ApiError::too_many(format!("{whole:.0}").parse().unwrap_or(1))
        })
}
