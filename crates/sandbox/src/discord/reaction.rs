//! Reactions, of bots and of users. Owns no state.

use serde_json::{Value, json};

use super::dispatch::{self, About};
use super::error::ApiError;
use super::guild::member_json;
use super::message;
use super::request::{Call, Outcome, Reply};
use super::state::{GUILD, user_json};
use super::write::tell_message;
use crate::world::World;

/// Whether a name can be an emoji: `name:id` of a custom one, or characters beyond letters.
fn valid(emoji: &str) -> bool {
    let custom = emoji
        .rsplit_once(':')
        .is_some_and(|(_, id)| id.parse::<u64>().is_ok());
    custom
        || (!emoji.is_empty()
            && emoji.chars().any(|c| !c.is_ascii_alphanumeric())
            && emoji.chars().count() <= 12)
}

fn emoji_json(emoji: &str) -> Value {
    match emoji.rsplit_once(':') {
        Some((name, id)) => json!({ "id": id, "name": name }),
        None => json!({ "id": null, "name": emoji }),
    }
}

/// Adds or takes back a reaction and tells the bots.
pub(crate) fn react(
    world: &mut World,
    (channel, id): (i64, i64),
    who: i64,
    emoji: &str,
    on: bool,
) -> Result<(), ApiError> {
    if !valid(emoji) {
        return Err(ApiError::unknown_emoji());
    }
    let room = world
        .discord
        .channels
        .get_mut(&channel)
        .ok_or_else(ApiError::unknown_channel)?;
    let dm = room.dm.is_some();
    let stored = room.history.get_mut(id).ok_or_else(ApiError::unknown_message)?;
    let author = stored.from;
    if !stored.react(emoji, who, on) {
        return Ok(());
    }
    let mut event = json!({ "user_id": who.to_string(), "channel_id": channel.to_string(),
        "message_id": id.to_string(), "emoji": emoji_json(emoji), "burst": false, "type": 0 });
    if !dm {
        event["guild_id"] = json!(GUILD.to_string());
    }
    if on {
        event["message_author_id"] = json!(author.to_string());
        event["burst_colors"] = json!([]);
        if !dm {
            event["member"] = json!(member_json(world, who));
        }
    }
    let name = if on {
        "MESSAGE_REACTION_ADD"
    } else {
        "MESSAGE_REACTION_REMOVE"
    };
    dispatch::to_channel(world, channel, name, About::Reactions, &event);
    tell_message(world, channel, id);
    Ok(())
}

fn place(call: &Call<'_>) -> Result<(i64, i64), ApiError> {
    Ok((message::channel(call)?, call.id("message_id")))
}

pub(crate) fn add(call: &mut Call<'_>) -> Outcome {
    let (place, emoji) = (place(call)?, call.part("emoji_name").to_owned());
    react(call.world, place, call.bot, &emoji, true)?;
    note(call, place);
    Ok(Reply::nothing())
}

pub(crate) fn remove(call: &mut Call<'_>) -> Outcome {
    let (place, emoji) = (place(call)?, call.part("emoji_name").to_owned());
    let who = match call.ids.get("user_id") {
        Some(user) => user.parse().unwrap_or(0),
        None => call.bot,
    };
    react(call.world, place, who, &emoji, false)?;
    note(call, place);
    Ok(Reply::nothing())
}

/// Notes the call at the message.
fn note(call: &mut Call<'_>, (channel, id): (i64, i64)) {
    let room = call.world.discord.channels.get_mut(&channel);
    if let Some(stored) = room.and_then(|room| room.history.get_mut(id)) {
        stored.called(call.number);
    }
    tell_message(call.world, channel, id);
}

pub(crate) fn list(call: &mut Call<'_>) -> Outcome {
    let (channel, id) = place(call)?;
    let emoji = call.part("emoji_name");
    let room = call
        .world
        .discord
        .channels
        .get(&channel)
        .ok_or_else(ApiError::unknown_channel)?;
    let stored = room.history.get(id).ok_or_else(ApiError::unknown_message)?;
    let by = stored
        .reactions
        .iter()
        .find(|(name, _)| name == emoji)
        .map(|(_, by)| by.clone())
        .unwrap_or_default();
    Ok(Reply::ok(
        by.into_iter()
            .filter_map(|user| user_json(call.world, user))
            .collect(),
    ))
}

fn clear_where(call: &mut Call<'_>, gone: impl Fn(&str) -> bool, name: &str, emoji: Option<&str>) -> Outcome {
    let (channel, id) = place(call)?;
    let room = call
        .world
        .discord
        .channels
        .get_mut(&channel)
        .ok_or_else(ApiError::unknown_channel)?;
    if room.dm.is_some() {
        return Err(ApiError::missing_permissions());
    }
    let stored = room.history.get_mut(id).ok_or_else(ApiError::unknown_message)?;
    stored.reactions.retain(|(emoji, _)| !gone(emoji));
    stored.called(call.number);
    let mut event = json!({ "channel_id": channel.to_string(), "message_id": id.to_string(),
                            "guild_id": GUILD.to_string() });
    if let Some(emoji) = emoji {
        event["emoji"] = emoji_json(emoji);
    }
    dispatch::to_channel(call.world, channel, name, About::Reactions, &event);
    tell_message(call.world, channel, id);
    Ok(Reply::nothing())
}

pub(crate) fn clear(call: &mut Call<'_>) -> Outcome {
    clear_where(call, |_| true, "MESSAGE_REACTION_REMOVE_ALL", None)
}

pub(crate) fn clear_emoji(call: &mut Call<'_>) -> Outcome {
    let emoji = call.part("emoji_name").to_owned();
    clear_where(
        call,
        |name| name == emoji,
        "MESSAGE_REACTION_REMOVE_EMOJI",
        Some(&emoji),
    )
}
