//! Channel messages in all verbs. Owns no state.

use serde_json::{Value, json};

use super::dispatch::{self, About};
use super::error::ApiError;
use super::request::{Call, Outcome, Reply};
use super::state::GUILD;
use super::write::{self, New, SUPPRESS_EMBEDS, SUPPRESS_NOTIFICATIONS, V2};

/// Days after which a message can no longer be deleted in bulk.
const BULK_DAYS: u64 = 14;
/// How long a nonce is remembered, in messages of the channel.
const NONCES: usize = 50;

/// The channel in the path, if the bot is in it.
pub(crate) fn channel(call: &Call<'_>) -> Result<i64, ApiError> {
    let id = call.id("channel_id");
    let channel = call
        .world
        .discord
        .channels
        .get(&id)
        .ok_or_else(ApiError::unknown_channel)?;
    match channel.dm {
        Some((bot, _)) if bot != call.bot => Err(ApiError::missing_access()),
        _ => Ok(id),
    }
}

/// The channel in the path, if the bot may write there.
fn writable(call: &Call<'_>) -> Result<i64, ApiError> {
    let id = channel(call)?;
    let open = call
        .world
        .discord
        .channels
        .get(&id)
        .is_some_and(|channel| channel.writable);
    if open {
        Ok(id)
    } else {
        Err(ApiError::missing_permissions())
    }
}

/// A message with what changes without an edit: its reactions.
pub(crate) fn shown(call: &Call<'_>, channel: i64, id: i64) -> Result<Value, ApiError> {
    let room = call
        .world
        .discord
        .channels
        .get(&channel)
        .ok_or_else(ApiError::unknown_channel)?;
    let stored = room.history.get(id).ok_or_else(ApiError::unknown_message)?;
    let mut raw = stored.raw.clone();
    if !stored.reactions.is_empty() {
        let me = call.bot;
        let reactions = stored.reactions.iter().map(|(emoji, by)| {
            json!({ "count": by.len(), "count_details": { "burst": 0, "normal": by.len() }, "me": by.contains(&me),
                    "me_burst": false, "burst_colors": [], "emoji": { "id": null, "name": emoji } })
        });
        raw["reactions"] = reactions.collect();
    }
    Ok(raw)
}

pub(crate) fn create(call: &mut Call<'_>) -> Outcome {
    let channel = writable(call)?;
    if let Some(same) = same_nonce(call, channel) {
        return Ok(Reply::ok(same));
    }
    let allowed = SUPPRESS_EMBEDS | SUPPRESS_NOTIFICATIONS | V2;
    let mut body = call.body.clone();
    body["flags"] = Value::from(body["flags"].as_u64().unwrap_or(0) & allowed);
    let mut new = New::by_bot(channel, call.bot, &body, call.files);
    new.call = Some(call.number);
    new.more = reference(call, channel)?;
    let raw = write::create(call.world, new)?;
    Ok(Reply::ok(raw))
}

/// The message that was sent with the same nonce, when the bot asked for such a check.
fn same_nonce(call: &Call<'_>, channel: i64) -> Option<Value> {
    if call.body["enforce_nonce"] != Value::Bool(true) || call.body["nonce"].is_null() {
        return None;
    }
    let room = call.world.discord.channels.get(&channel)?;
    let mine = room
        .history
        .iter()
        .rev()
        .take(NONCES)
        .filter(|m| m.from == call.bot && !m.deleted);
    mine.map(|stored| &stored.raw)
        .find(|raw| raw["nonce"] == call.body["nonce"])
        .cloned()
}

/// The fields of a reply.
fn reference(call: &Call<'_>, channel: i64) -> Result<Value, ApiError> {
    let given = &call.body["message_reference"];
    let Some(id) = given["message_id"].as_str().and_then(|id| id.parse::<i64>().ok()) else {
        return Ok(Value::Null);
    };
    let found = shown(call, channel, id);
    let strict = given["fail_if_not_exists"].as_bool().unwrap_or(true);
    match found {
        Ok(raw) => Ok(
            json!({ "type": 19, "referenced_message": raw, "message_reference":
            { "type": 0, "message_id": id.to_string(), "channel_id": channel.to_string(),
              "guild_id": GUILD.to_string() } }),
        ),
        Err(_) if !strict => Ok(Value::Null),
        Err(_) => {
            let mut errors = super::error::FormErrors::default();
            errors.add(
                "message_reference",
                "MESSAGE_REFERENCE_UNKNOWN_MESSAGE",
                "Unknown message",
            );
            errors.result().map(|()| Value::Null)
        }
    }
}

pub(crate) fn get(call: &mut Call<'_>) -> Outcome {
    let channel = channel(call)?;
    let id = call.id("message_id");
    let secret = call
        .world
        .discord
        .channels
        .get(&channel)
        .and_then(|c| c.history.get(id))
        .is_some_and(|m| m.only_for.is_some());
    if secret {
        return Err(ApiError::unknown_message());
    }
    shown(call, channel, id).map(Reply::ok)
}

pub(crate) fn list(call: &mut Call<'_>) -> Outcome {
    let channel = channel(call)?;
    let limit = call
        .query("limit")
        .and_then(|limit| limit.parse().ok())
        .unwrap_or(50_usize);
    if !(1..=100).contains(&limit) {
        let mut errors = super::error::FormErrors::default();
        errors.add(
            "limit",
            "NUMBER_TYPE_MAX",
            "int value should be less than or equal to 100.",
        );
        errors.result()?;
    }
    let bound = |name: &str| call.query(name).and_then(|id| id.parse::<i64>().ok());
    let (before, after) = (bound("before").unwrap_or(i64::MAX), bound("after"));
    let room = call
        .world
        .discord
        .channels
        .get(&channel)
        .ok_or_else(ApiError::unknown_channel)?;
    let visible = room.history.iter().filter(|m| !m.deleted && m.only_for.is_none());
    let mut ids: Vec<i64> = visible
        .map(|m| m.id)
        .filter(|id| *id < before && after.is_none_or(|a| *id > a))
        .collect();
    if after.is_some() {
        ids.truncate(limit);
    }
    ids.reverse();
    ids.truncate(limit);
    Ok(Reply::ok(
        ids.into_iter()
            .filter_map(|id| shown(call, channel, id).ok())
            .collect(),
    ))
}

pub(crate) fn edit(call: &mut Call<'_>) -> Outcome {
    let channel = channel(call)?;
    let id = call.id("message_id");
    let stored = call
        .world
        .discord
        .channels
        .get(&channel)
        .and_then(|c| c.history.get(id));
    let stored = stored
        .filter(|m| m.only_for.is_none())
        .ok_or_else(ApiError::unknown_message)?;
    if stored.from != call.bot {
        return Err(ApiError::not_own_message());
    }
    let raw = write::change(call.world, channel, id, call.body, call.files, Some(call.number))?;
    Ok(Reply::ok(raw))
}

pub(crate) fn delete(call: &mut Call<'_>) -> Outcome {
    let channel = channel(call)?;
    let id = call.id("message_id");
    let room = call
        .world
        .discord
        .channels
        .get(&channel)
        .ok_or_else(ApiError::unknown_channel)?;
    let stored = room
        .history
        .get(id)
        .filter(|m| m.only_for.is_none())
        .ok_or_else(ApiError::unknown_message)?;
    if room.dm.is_some() && stored.from != call.bot {
        return Err(ApiError::new(403, 50003, "Cannot execute action on a DM channel"));
    }
    write::remove(call.world, channel, id, Some(call.number))?;
    Ok(Reply::nothing())
}

pub(crate) fn bulk_delete(call: &mut Call<'_>) -> Outcome {
    let channel = writable(call)?;
    let listed = call.body["messages"].as_array().cloned().unwrap_or_default();
    let mut ids: Vec<i64> = listed.iter().filter_map(|id| id.as_str()?.parse().ok()).collect();
    ids.sort_unstable();
    ids.dedup();
    if !(2..=100).contains(&ids.len()) {
        return Err(ApiError::new(
            400,
            50016,
            "Provided too few or too many messages to delete. Must provide at least 2 and fewer than 100 messages to delete.",
        ));
    }
    let oldest = call.world.now_ms.saturating_sub(BULK_DAYS * 86_400_000);
    let room = call
        .world
        .discord
        .channels
        .get_mut(&channel)
        .ok_or_else(ApiError::unknown_channel)?;
    if room.dm.is_some() {
        return Err(ApiError::new(403, 50003, "Cannot execute action on a DM channel"));
    }
    if ids
        .iter()
        .any(|id| room.history.get(*id).is_some_and(|m| m.at_ms < oldest))
    {
        return Err(ApiError::new(
            400,
            50034,
            "A message provided was too old to bulk delete",
        ));
    }
    let mut gone = Vec::new();
    for id in ids {
        if let Some(stored) = room.history.get_mut(id) {
            stored.deleted = true;
            stored.called(call.number);
            gone.push(id);
        }
    }
    let names: Vec<String> = gone.iter().map(ToString::to_string).collect();
    let event = json!({ "ids": names, "channel_id": channel.to_string(), "guild_id": GUILD.to_string() });
    dispatch::to_channel(
        call.world,
        channel,
        "MESSAGE_DELETE_BULK",
        About::Messages,
        &event,
    );
    for id in gone {
        write::tell_message(call.world, channel, id);
    }
    Ok(Reply::nothing())
}
