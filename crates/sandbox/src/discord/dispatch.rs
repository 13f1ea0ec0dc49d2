//! Gateway events: who gets which, and what the intents take away. Owns no state.

use serde_json::{Value, json};

use super::state::{GUILD, bots_of};
use crate::faults::{Call, FaultKind};
use crate::view::Network;
use crate::world::World;

pub(crate) const GUILDS: u64 = 1;
pub(crate) const GUILD_MEMBERS: u64 = 1 << 1;
const GUILD_PRESENCES: u64 = 1 << 8;
const GUILD_MESSAGES: u64 = 1 << 9;
const GUILD_MESSAGE_REACTIONS: u64 = 1 << 10;
const GUILD_MESSAGE_TYPING: u64 = 1 << 11;
const DIRECT_MESSAGES: u64 = 1 << 12;
const DIRECT_MESSAGE_REACTIONS: u64 = 1 << 13;
const DIRECT_MESSAGE_TYPING: u64 = 1 << 14;
const MESSAGE_CONTENT: u64 = 1 << 15;
/// The intents that must be switched on for a bot before it may ask for them.
pub(crate) const PRIVILEGED: u64 = GUILD_MEMBERS | GUILD_PRESENCES | MESSAGE_CONTENT;
/// No intent is needed.
const ALWAYS: u64 = 0;

/// What an event is about; it decides the intent, per kind of channel.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum About {
    Messages,
    Reactions,
    Typing,
}

impl About {
    fn intent(self, dm: bool) -> u64 {
        match (self, dm) {
            (Self::Messages, false) => GUILD_MESSAGES,
            (Self::Messages, true) => DIRECT_MESSAGES,
            (Self::Reactions, false) => GUILD_MESSAGE_REACTIONS,
            (Self::Reactions, true) => DIRECT_MESSAGE_REACTIONS,
            (Self::Typing, false) => GUILD_MESSAGE_TYPING,
            (Self::Typing, true) => DIRECT_MESSAGE_TYPING,
        }
    }
}

/// Sends an event about a channel to the bots in it.
pub(crate) fn to_channel(world: &mut World, channel: i64, name: &str, about: About, data: &Value) {
    let dm = world
        .discord
        .channels
        .get(&channel)
        .is_some_and(|channel| channel.dm.is_some());
    for bot in bots_of(world, channel) {
        let full = data.to_string();
        let bare = (about == About::Messages && !dm && !readable(data, bot))
            .then(|| without_content(data).to_string());
        push(world, bot, name, about.intent(dm), &full, bare.as_deref());
    }
}

/// Sends an event to every bot of the guild.
pub(crate) fn to_guild(world: &mut World, name: &str, data: &Value, intent: u64) {
    let bots: Vec<i64> = world.discord.bots.keys().copied().collect();
    let text = data.to_string();
    for bot in bots {
        push(world, bot, name, intent, &text, None);
    }
}

/// Sends an event to one bot, whatever its intents.
pub(crate) fn to_bot(world: &mut World, bot: i64, name: &str, data: &Value) {
    push(world, bot, name, ALWAYS, &data.to_string(), None);
}

fn push(world: &mut World, bot: i64, name: &str, intent: u64, full: &str, bare: Option<&str>) {
    let call = Call {
        network: Network::Discord,
        method: name,
        bot,
        now_ms: world.now_ms,
    };
    if world
        .faults
        .hit(&call, |kind| *kind == FaultKind::GatewayMute)
        .is_some()
    {
        return;
    }
    let times = if world
        .faults
        .hit(&call, |kind| *kind == FaultKind::DuplicateUpdates)
        .is_some()
    {
        2
    } else {
        1
    };
    let Some(bot) = world.discord.bots.get_mut(&bot) else {
        return;
    };
    for session in bot
        .sessions
        .iter_mut()
        .filter(|session| session.intents & intent == intent)
    {
        let reads = session.intents & MESSAGE_CONTENT != 0;
        let data = bare.filter(|_| !reads).unwrap_or(full);
        for _ in 0..times {
            session.push(name, data);
        }
    }
}

/// Whether a bot reads a message without the message content intent: its own, and those that mention it.
fn readable(message: &Value, bot: i64) -> bool {
    let id = bot.to_string();
    let mentions = message["mentions"].as_array().into_iter().flatten();
    message["author"]["id"] == id.as_str() || mentions.into_iter().any(|user| user["id"] == id.as_str())
}

fn without_content(message: &Value) -> Value {
    let mut message = message.clone();
    if message.get("content").is_some() {
        message["content"] = json!("");
        for list in ["embeds", "attachments", "components"] {
            message[list] = json!([]);
        }
        if let Some(object) = message.as_object_mut() {
            object.remove("poll");
        }
    }
    message
}

/// The fields that turn a REST message into an event's: the guild and the author's membership.
pub(crate) fn as_event(world: &World, channel: i64, message: &Value) -> Value {
    let mut event = message.clone();
    let dm = world
        .discord
        .channels
        .get(&channel)
        .is_some_and(|channel| channel.dm.is_some());
    if !dm {
        event["guild_id"] = json!(GUILD.to_string());
        let author = message["author"]["id"]
            .as_str()
            .and_then(|id| id.parse().ok())
            .unwrap_or(0);
        if message.get("webhook_id").is_none()
            && let Some(mut member) = super::guild::member_json(world, author)
        {
            if let Some(member) = member.as_object_mut() {
                member.remove("user");
            }
            event["member"] = member;
        }
    }
    event
}
